package io.lhttp.filters.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.Metric;
import io.lhttp.Surroundings;
import io.lhttp.internal.cache.BoundedCache;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.ByteBuffer;
import java.text.ParseException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys that an issuer publishes at the configured URL; the filter owns it. All threads may use
 * it.
 *
 * <p>Keys are fetched at their first use and then by a timer before they are too old. A token with
 * an unknown key starts a fetch too, at most one in each pause.
 *
 * <p>One fetch runs at a time, with a deadline and without a lock. Callers wait only if the needed
 * keys are missing. After a failed fetch the previous keys stay valid for a day.
 */
final class Jwks implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Jwks.class);
  private static final Duration PAUSE = Duration.ofSeconds(5);
  private static final Duration RETRY = Duration.ofSeconds(30);
  private static final Duration STALE = Duration.ofDays(1);
  private static final Duration FOREIGN = Duration.ofMinutes(1);
  private static final int FOREIGN_IDS = 1_000;
  private static final int LONGEST_ID = 200;
  private static final int MOST_BYTES = 1024 * 1024;
  private static final int LOGGED = 10;

  // The names in the state that one instance hands over to the next.
  private static final String HANDED_URL = "url";
  private static final String HANDED_KEYS = "keys";
  private static final String HANDED_AGE = "age";

  private final URI uri;
  private final Duration refresh;
  private final Algorithm rsa;
  private final Timing timing;
  private final BoundedCache<String, Boolean> foreignIds;
  private final HttpClient http;
  private final Optional<Surroundings.Http> outside;
  private final AtomicLong fetches = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();

  /** Written while this object's lock is held. */
  private volatile @Nullable Fetched fetched;

  // The fields from here to {@code loggedSkipped} are guarded by this object's lock.
  private @Nullable CompletableFuture<Boolean> running;

  /** When the last fetch began, whatever its result, in nanoseconds; null before the first. */
  private @Nullable Long lastAttempt;

  private Runnable cancelRenewal = () -> {};
  private boolean closed;

  /** The keys that the last warning in the log named as skipped. */
  private List<String> loggedSkipped = List.of();

  /**
   * The clocks of this class.
   *
   * @param nanos measures ages; counts as {@link System#nanoTime} does
   * @param later runs renewals
   * @param answer the longest time for the issuer's whole answer
   */
  record Timing(LongSupplier nanos, Surroundings.Timer later, Duration answer) {
    private static final Duration ANSWER = Duration.ofSeconds(5);

    static Timing of(Surroundings surroundings) {
      return new Timing(surroundings.nanos(), surroundings.timer(), ANSWER);
    }
  }

  /**
   * Fetched keys.
   *
   * @param json the issuer's answer, at most {@link #MOST_BYTES} long
   * @param at when they arrived, on the clock {@code nanos}
   */
  private record Fetched(PublishedKeys keys, String json, long at) {}

  /**
   * @param outside answers instead of the issuer; empty to ask the issuer
   */
  Jwks(
      URI uri,
      Duration refresh,
      Algorithm rsa,
      Timing timing,
      Optional<Surroundings.Http> outside) {
    this.uri = uri;
    this.outside = outside;
    this.refresh = refresh;
    this.rsa = rsa;
    this.timing = timing;
    this.foreignIds = new BoundedCache<>(FOREIGN_IDS, FOREIGN, timing.nanos());
    this.http =
        HttpClient.newBuilder()
            .connectTimeout(timing.answer())
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
  }

  /**
   * Whether the last fetched keys still include a key that has signed a token before. Does not
   * wait.
   *
   * @param print the key's {@link VerificationKey#print}
   */
  boolean holds(String print) {
    renewOld();
    var now = fetched;
    return now != null && younger(now, STALE) && now.keys.usable().holds(print);
  }

  /**
   * Returns the keys. If they are too old, starts a fetch in the background.
   *
   * @param mayWait whether the call waits for a fetch if there are no keys
   */
  KeySet keys(boolean mayWait) throws KeysUnreachableException {
    renewOld();
    var now = fetched;
    if (now == null || !younger(now, STALE)) {
      var fetching = fetch();
      if (mayWait && fetching != null) {
        await(fetching);
      }
    }
    return here();
  }

  /** Fetches the keys again if they have no key of this name, and returns them. May wait. */
  KeySet keysWith(String id) throws KeysUnreachableException {
    if (id.length() <= LONGEST_ID && foreignIds.get(id).isEmpty()) {
      var fetching = fetch();
      if (fetching != null && await(fetching) && !here().names(id)) {
        foreignIds.put(id, true);
      }
    }
    return here();
  }

  /** Returns the last fetched keys for the filter's successor; empty without valid ones. */
  Map<String, String> handOver() {
    var now = fetched;
    return now == null || !younger(now, STALE)
        ? Map.of()
        : Map.of(
            HANDED_URL,
            uri.toString(),
            HANDED_KEYS,
            now.json,
            HANDED_AGE,
            Duration.ofNanos(timing.nanos().getAsLong() - now.at).toString());
  }

  /**
   * Takes over what another instance has handed over, unless that came from another URL, or this
   * instance has newer keys. The keys keep their age.
   */
  void takeOver(Map<String, String> handed) {
    if (!uri.toString().equals(handed.get(HANDED_URL))) {
      return;
    }
    var json = handed.getOrDefault(HANDED_KEYS, "");
    var age = Duration.parse(handed.getOrDefault(HANDED_AGE, STALE.toString()));
    var at = timing.nanos().getAsLong() - age.toNanos();
    try {
      var keys = PublishedKeys.parse(json, rsa);
      synchronized (this) {
        var own = fetched;
        if (closed || keys.usable().size() == 0 || (own != null && own.at - at >= 0)) {
          return;
        }
        fetched = new Fetched(keys, json, at);
        if (running == null) {
          var left = renewalDelay().minus(age);
          renewAfter(left.isNegative() ? Duration.ZERO : left);
        }
      }
      logSkipped(keys.skipped());
    } catch (ParseException e) {
      log.warn("failed to take keys over url={} error=\"{}\"", uri, rootMessage(e));
    }
  }

  Stream<Metric> metrics() {
    var fetches = "Requests for the issuer's keys, by result.";
    var keys = "Keys that the issuer publishes, by whether they are of use here.";
    var now = fetched;
    return Stream.of(
        Metric.counter("auth_key_fetches", fetches, this.fetches.get()).with("result", "fetched"),
        Metric.counter("auth_key_fetches", fetches, failures.get()).with("result", "failed"),
        Metric.gauge("auth_keys", keys, now == null ? 0 : now.keys.usable().size())
            .with("state", "usable"),
        Metric.gauge("auth_keys", keys, now == null ? 0 : now.keys.skipped().size())
            .with("state", "skipped"));
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      cancelRenewal.run();
    }
    http.shutdownNow();
  }

  private KeySet here() throws KeysUnreachableException {
    var now = fetched;
    if (now == null || !younger(now, STALE)) {
      throw new KeysUnreachableException();
    }
    return now.keys.usable();
  }

  private boolean younger(Fetched keys, Duration age) {
    return timing.nanos().getAsLong() - keys.at < age.toNanos();
  }

  private void renewOld() {
    var now = fetched;
    if (now != null && !younger(now, refresh)) {
      fetch();
    }
  }

  /** Waits for a fetch. Returns whether the fetch brought keys. */
  private boolean await(CompletableFuture<Boolean> fetching) {
    try {
      return fetching.get(2 * timing.answer().toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException ignored) {
      return false;
    } catch (InterruptedException ignored) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Returns the running fetch, or starts one; null if the last fetch began too recently. */
  private synchronized @Nullable CompletableFuture<Boolean> fetch() {
    if (running != null || closed) {
      return running;
    }
    var now = timing.nanos().getAsLong();
    if (lastAttempt != null && now - lastAttempt < PAUSE.toNanos()) {
      return null;
    }
    lastAttempt = now;
    var begun = new CompletableFuture<Boolean>();
    running = begun;
    if (outside.isPresent()) {
      begun.complete(answered(outside.get()));
      return begun;
    }
    var request = HttpRequest.newBuilder(uri).header("accept", "application/json").build();
    var asked = http.sendAsync(request, LimitedBody.handler(MOST_BYTES));
    asked
        .copy()
        .orTimeout(timing.answer().toMillis(), TimeUnit.MILLISECONDS)
        .whenComplete((response, failure) -> {
          if (failure != null) {
            asked.cancel(true); // ends a request whose answer took longer than the deadline
          }
          begun.complete(
              response == null
                  ? take(0, new byte[0], failure)
                  : take(response.statusCode(), response.body(), failure));
        });
    return begun;
  }

  /**
   * Fetches the keys from the surroundings. Returns whether they answered with keys. Throws
   * nothing.
   */
  private boolean answered(Surroundings.Http outside) {
    var headers = Map.of("accept", List.of("application/json"));
    try {
      var answer =
          outside.answer(
              new Surroundings.Http.Request("GET", uri, headers, ByteBuffer.allocate(0)));
      var body = new byte[answer.body().remaining()];
      answer.body().duplicate().get(body);
      return take(answer.status(), body, null);
    } catch (IOException e) {
      return take(0, new byte[0], e);
    }
  }

  /** Stores the keys of an answer. Returns whether the answer had any. Throws nothing. */
  private boolean take(int status, byte[] body, @Nullable Throwable failure) {
    try {
      if (failure != null) {
        throw new IOException(failure);
      }
      var json = new String(body, UTF_8);
      var keys = keys(status, json);
      Fetched before;
      synchronized (this) {
        before = fetched;
        fetched = new Fetched(keys, json, timing.nanos().getAsLong());
      }
      fetches.incrementAndGet();
      if (before == null || !before.keys.usable().sameAs(keys.usable())) {
        log.info("keys fetched url={} keys={}", uri, keys.usable().size());
        logUntried(keys.usable());
      }
      logSkipped(keys.skipped());
      onFetchEnd(renewalDelay());
      return true;
    } catch (Throwable e) {
      failures.incrementAndGet();
      if (!isClosed()) {
        log.warn("failed to fetch keys url={} error=\"{}\"", uri, rootMessage(e));
      }
      onFetchEnd(fetched == null ? null : shorter(refresh, RETRY));
      return false;
    }
  }

  private PublishedKeys keys(int status, String json) throws IOException, ParseException {
    if (status != 200) {
      throw new IOException("status " + status);
    }
    var keys = PublishedKeys.parse(json, rsa);
    if (keys.usable().size() == 0) {
      logSkipped(keys.skipped());
      throw new IOException("no key in it that could be used");
    }
    return keys;
  }

  /** Warns if a token without {@code kid} may be refused although one of the keys has signed it. */
  private void logUntried(KeySet keys) {
    if (keys.mostAlike() > JwtReader.MOST_TRIES) {
      log.warn(
          "many keys of one algorithm, the first are tried for tokens without kid url={} tried={}"
              + " keys={}",
          uri,
          JwtReader.MOST_TRIES,
          keys.mostAlike());
    }
  }

  /** Logs the skipped keys, unless the last warning named the same ones. */
  private void logSkipped(List<String> skipped) {
    synchronized (this) {
      if (skipped.equals(loggedSkipped)) {
        return;
      }
      loggedSkipped = skipped;
    }
    skipped.stream()
        .limit(LOGGED)
        .forEach(one -> log.warn("skipped key url={} key=\"{}\"", uri, one));
    if (skipped.size() > LOGGED) {
      log.warn("skipped more keys url={} keys={}", uri, skipped.size() - LOGGED);
    }
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  /** Ends the fetch, and schedules the next renewal. */
  private synchronized void onFetchEnd(@Nullable Duration again) {
    running = null;
    if (again == null) {
      cancelRenewal.run();
    } else {
      renewAfter(again);
    }
  }

  /** Schedules the next renewal, in place of the scheduled one. */
  private synchronized void renewAfter(Duration pause) {
    cancelRenewal.run();
    cancelRenewal = closed ? () -> {} : timing.later().after(pause, this::renew);
  }

  /** Called by the timer: renews keys that will soon be too old. */
  private void renew() {
    if (fetch() == null) {
      renewAfter(PAUSE);
    }
  }

  /** The time from a fetch to the next renewal, which is shorter than the longest age of keys. */
  private Duration renewalDelay() {
    return refresh.multipliedBy(3).dividedBy(4);
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  /**
   * Returns the message of the first cause, because the exceptions around it add no information.
   */
  private static String rootMessage(Throwable failure) {
    var cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.toString().replaceAll("[\\p{Cntrl}\"]", "?");
  }
}
