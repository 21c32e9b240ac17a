package io.lhttp.filters.upstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.ClientKey;
import io.lhttp.Connection;
import io.lhttp.Metric;
import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.Surroundings;
import io.lhttp.filters.upstream.HookAnswer.Allowed;
import io.lhttp.filters.upstream.HookAnswerReader.BrokenAnswerException;
import io.lhttp.filters.upstream.HooksOptions.Hook;
import io.lhttp.message.Message;
import io.lhttp.tracing.Span;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the backend, and remembers its answers. All questions that fail, for any reason, are
 * refused: the log has the reason, and the client gets a status and the same words for all of them.
 * All threads but event loops may use it.
 */
final class HookBackend {
  private static final Logger log = LoggerFactory.getLogger(HooksFilter.class);
  private static final int LOGGED = 200;
  private static final Outcome.Refused FAILED = Outcome.refused(502, "the upstream failed");

  /** The result of a question. */
  private enum Result {
    ALLOWED,
    REFUSED,
    FAILED,
    CACHED
  }

  private final Sender sender;
  private final Upstream upstream;
  private final Destination destination;
  private final HookCache cache;
  private final long timeoutNanos;
  private final LongSupplier nanos;
  private final QuietLog quiet = new QuietLog();
  private final Map<Hook, Map<Result, LongAdder>> results = new EnumMap<>(Hook.class);

  /**
   * Whether the backend has ever sent an answer that may be kept. Until then no question waits for
   * an equal one.
   */
  private volatile boolean caches;

  HookBackend(HooksOptions options, Surroundings surroundings) {
    var sending = options.sending();
    var limits = options.limits().orElse(HooksOptions.Limits.DEFAULT);
    this.nanos = surroundings.nanos();
    this.upstream =
        new Upstream(
            "hooks",
            List.of(new Targets(sending, HttpClients.of(surroundings), nanos).of(options.to())));
    this.destination = Destination.of(upstream, "");
    this.sender =
        new Sender(
            sending,
            new Directory(List.of(), Map.of(), Map.of()),
            new Identity(options.secret(), surroundings.clock()));
    this.cache = new HookCache(limits.answers(), limits.longestCached(), nanos);
    this.timeoutNanos = limits.timeout().toNanos();
    for (var hook : options.on()) {
      var counts = new EnumMap<Result, LongAdder>(Result.class);
      for (var result : Result.values()) {
        counts.put(result, new LongAdder());
      }
      results.put(hook, counts);
    }
  }

  /**
   * Returns the backend's answer, or one that it has given before and that is still valid.
   *
   * @param within the span of the message; {@link Span#NONE} without a message
   * @throws RefusedException 429, 502, 503 or 504 if there is no answer
   */
  @SuppressWarnings("ReferenceEquality") // a future equals itself alone
  HookAnswer ask(Connection connection, HookQuestion question, Span within)
      throws InterruptedException {
    var hook = question.hook();
    if (hook == Hook.REFRESH) { // an answer of before says nothing about now
      return askNow(connection, question, within).answer;
    }
    var known = cache.find(question);
    if (known.isPresent()) {
      count(hook, Result.CACHED);
      return known.get();
    }
    // connections are not kept waiting for one another, because reviews have little time
    if (!caches || hook == Hook.CONNECT) {
      return askNow(connection, question, within).answer;
    }
    var mine = new CompletableFuture<Optional<HookAnswer>>();
    var key = question.privateKey();
    var flight = cache.join(key, mine);
    return flight == mine // the call began this flight
        ? askForOthers(connection, question, within, key, mine)
        : joined(flight, hook).orElseGet(() -> unchecked(connection, question, within));
  }

  List<Metric> metrics() {
    var metrics = new ArrayList<Metric>();
    results.forEach((hook, counts) ->
        counts.forEach((result, count) ->
            metrics.add(
                Metric.counter(
                        "hooks_asked",
                        "Questions to backends by their result",
                        (double) count.sum())
                    .with("hook", hook.text())
                    .with("result", result.name().toLowerCase(Locale.ROOT)))));
    metrics.add(Metric.gauge("hooks_cached", "Answers of backends that are kept", cache.size()));
    upstream.measure(metrics);
    return metrics;
  }

  /** An answer, and whether others may use it. */
  private record Fresh(HookAnswer answer, boolean kept) {}

  private HookAnswer askForOthers(
      Connection connection,
      HookQuestion question,
      Span within,
      String key,
      CompletableFuture<Optional<HookAnswer>> mine)
      throws InterruptedException {
    Optional<HookAnswer> shared = Optional.empty();
    try {
      var fresh = askNow(connection, question, within);
      shared = Optional.of(fresh.answer).filter(unused -> fresh.kept);
      return fresh.answer;
    } finally {
      cache.end(key, mine, shared);
    }
  }

  /** Waits for an equal question of the same user. Empty if its answer was for that one alone. */
  private Optional<HookAnswer> joined(CompletableFuture<Optional<HookAnswer>> flight, Hook hook)
      throws InterruptedException {
    try {
      var answer = flight.get(timeoutNanos, TimeUnit.NANOSECONDS);
      if (answer.isPresent()) {
        count(hook, Result.CACHED);
      }
      return answer;
    } catch (TimeoutException e) {
      count(hook, Result.FAILED);
      throw new RefusedException(504, "the upstream did not answer in time");
    } catch (ExecutionException e) {
      throw new IllegalStateException("a question ends with an answer or without one", e);
    }
  }

  private HookAnswer unchecked(Connection connection, HookQuestion question, Span within) {
    try {
      return askNow(connection, question, within).answer;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RefusedException(503, "the server stops");
    }
  }

  private Fresh askNow(Connection connection, HookQuestion question, Span within)
      throws InterruptedException {
    var asked = nanos.getAsLong();
    Answer response;
    var span = within.child(Span.Kind.CLIENT, HttpMethod.POST.name());
    try {
      response = send(connection, question, span);
      if (span.recording()) {
        UpstreamFilter.describe(span, HttpMethod.POST, response);
        span.with("lhttp.hook", question.hook().text());
      }
    } catch (RefusedException e) {
      span.failed(Integer.toString(e.refusal().status()));
      count(question.hook(), Result.FAILED);
      // a forbidden address is the operator's mistake, of which clients learn nothing
      throw e.refusal().status() == 403 ? new RefusedException(FAILED) : e;
    } finally {
      span.end();
    }
    HookAnswer answer;
    try {
      answer = read(question.hook(), response);
    } catch (BrokenAnswerException e) {
      count(question.hook(), Result.FAILED);
      warn(question.hook(), response, String.valueOf(e.getMessage()));
      throw new RefusedException(FAILED);
    }
    count(question.hook(), answer instanceof Allowed ? Result.ALLOWED : Result.REFUSED);
    var policy = HookCache.Policy.parse(response.cacheControl());
    var kept =
        question.hook() != Hook.REFRESH
            && cache.keep(question, answer, policy, response.body().size(), asked);
    if (kept) {
      caches = true;
    }
    return new Fresh(answer, kept);
  }

  private Answer send(Connection connection, HookQuestion question, Span span)
      throws InterruptedException {
    var hook = question.hook().text();
    var message = Message.builder(hook).header("content-type", "application/json");
    question
        .trace()
        .ifPresent(traced -> {
          for (var name : List.of("traceparent", "tracestate")) {
            traced.header(name).ifPresent(value -> message.header(name, value));
          }
        });
    return sender.send(
        message.body(question.json()).build(),
        new Sender.Origin(Identity.MessageSender.of(connection, hook), ClientKey.of(connection)),
        HttpMethod.POST,
        destination,
        span);
  }

  private static HookAnswer read(Hook hook, Answer response) throws BrokenAnswerException {
    if (response.status() == 204) {
      return Allowed.PLAIN;
    }
    if (response.status() != 200) {
      throw new BrokenAnswerException("expected the status 200 or 204");
    }
    try {
      var text = UTF_8.newDecoder().decode(response.body().asByteBuffer()).toString();
      return HookAnswerReader.read(hook, text);
    } catch (CharacterCodingException e) {
      throw new BrokenAnswerException("no UTF-8");
    }
  }

  private void count(Hook hook, Result result) {
    var counts = results.get(hook);
    var count = counts == null ? null : counts.get(result);
    if (count != null) {
      count.increment();
    }
  }

  private void warn(Hook hook, Answer response, String reason) {
    if (quiet.permits()) {
      log.warn(
          "answer to a hook refused hook={} target={} status={} reason=\"{}\" line=\"{}\""
              + " unlogged={}",
          hook.text(),
          response.from().name,
          response.status(),
          LogText.of(reason, LOGGED),
          LogText.firstLine(response.body(), LOGGED),
          quiet.unlogged());
    }
  }
}
