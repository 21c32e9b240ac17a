package io.lhttp.filters.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.Metric;
import io.lhttp.Surroundings;
import io.lhttp.filters.cache.BoundedCache;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
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
 * The keys that an issuer publishes at the configured URL. All threads may use it.
 *
 * <p>They are fetched at first use, by a timer before they are too old, and at most once a pause
 * for an unknown key.
 *
 * <p>One fetch runs at a time, with a deadline and without a lock. Callers wait only for keys that
 * are missing. After a failed fetch the keys before stay valid for a day.
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

  private final URI uri;
  private final Duration refresh;
  private final Algorithm rsa;
  private final Timing timing;
  private final BoundedCache<String, Boolean> foreign;
  private final HttpClient http;
  private final Optional<Surroundings.Http> outside;
  private final AtomicLong fetches = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();
  private volatile @Nullable Fetched fetched;

  // Guarded by this.
  private @Nullable CompletableFuture<Boolean> flight;

  /** When the last fetch began, whatever became of it; null before the first. */
  private @Nullable Long lastAttempt;

  private Runnable callOff = () -> {};
  private boolean closed;

  /** The keys that were left out when they were told of last. */
  private List<String> told = List.of();

  /**
   * The clocks of this class.
   *
   * @param nanos ages; counts as {@link System#nanoTime} does
   * @param later what is to be done without being asked for
   * @param answer how long an issuer may take for an answer, to its last byte
   */
  record Timing(LongSupplier nanos, Surroundings.Timer later, Duration answer) {
    private static final Duration ANSWER = Duration.ofSeconds(5);

    static Timing of(Surroundings surroundings) {
      return new Timing(surroundings.nanos(), surroundings.timer(), ANSWER);
    }
  }

  /**
   * @param at when they came, by the clock of the ages
   */
  private record Fetched(PublishedKeys keys, long at) {}

  /**
   * @param outside who answers for the issuer; empty for the issuer itself
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
    this.foreign = new BoundedCache<>(FOREIGN_IDS, FOREIGN, timing.nanos());
    this.http =
        HttpClient.newBuilder()
            .connectTimeout(timing.answer())
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
  }

  /** Whether a key that was used before is published still, as far as is known. Does not wait. */
  boolean holds(String print) {
    renewOld();
    var now = fetched;
    return now != null && younger(now, STALE) && now.keys.usable().holds(print);
  }

  /**
   * Returns the keys. If they are too old, a fetch starts in the background.
   *
   * @param mayWait whether the caller waits where there are none
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

  /** The keys, fetched again because this name is not among them. May wait. */
  KeySet keysWith(String id) throws KeysUnreachableException {
    if (id.length() <= LONGEST_ID && foreign.get(id).isEmpty()) {
      var fetching = fetch();
      if (fetching != null && await(fetching) && !here().names(id)) {
        foreign.put(id, true);
      }
    }
    return here();
  }

  Stream<Metric> metrics() {
    var fetches = "How often the issuer was asked for its keys.";
    var keys = "Keys that the issuer publishes.";
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
      callOff.run();
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

  /** Whether keys have come by it. */
  private boolean await(CompletableFuture<Boolean> fetching) {
    try {
      return fetching.get(2 * timing.answer().toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException _) {
      return false;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** The fetch that runs, or a new one; null where the last one was too short a time ago. */
  private synchronized @Nullable CompletableFuture<Boolean> fetch() {
    if (flight != null || closed) {
      return flight;
    }
    var now = timing.nanos().getAsLong();
    if (lastAttempt != null && now - lastAttempt < PAUSE.toNanos()) {
      return null;
    }
    lastAttempt = now;
    var begun = new CompletableFuture<Boolean>();
    flight = begun;
    if (outside.isPresent()) {
      begun.complete(answered(outside.get()));
      return begun;
    }
    var request = HttpRequest.newBuilder(uri).header("accept", "application/json").build();
    var asked =
        http.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), MOST_BYTES));
    asked
        .copy()
        .orTimeout(timing.answer().toMillis(), TimeUnit.MILLISECONDS)
        .whenComplete((response, failure) -> {
          if (failure != null) {
            asked.cancel(true); // an answer that stalls is not read on
          }
          begun.complete(
              response == null
                  ? take(0, new byte[0], failure)
                  : take(response.statusCode(), response.body(), failure));
        });
    return begun;
  }

  /** Whether keys have come from who answers for the issuer. Throws nothing. */
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

  /** Whether these are keys. Throws nothing. */
  private boolean take(int status, byte[] body, @Nullable Throwable failure) {
    try {
      if (failure != null) {
        throw new IOException(failure);
      }
      var keys = keys(status, body);
      var before = fetched;
      fetched = new Fetched(keys, timing.nanos().getAsLong());
      fetches.incrementAndGet();
      if (before == null || !before.keys.usable().sameAs(keys.usable())) {
        log.info("keys fetched url={} keys={}", uri, keys.usable().size());
      }
      tell(keys.skipped());
      landed(ahead());
      return true;
    } catch (Throwable e) {
      failures.incrementAndGet();
      if (!over()) {
        log.warn("keys can't be fetched url={} error=\"{}\"", uri, words(e));
      }
      landed(fetched == null ? null : shorter(refresh, RETRY));
      return false;
    }
  }

  private PublishedKeys keys(int status, byte[] body) throws IOException, ParseException {
    if (status != 200) {
      throw new IOException("status " + status);
    }
    var keys = PublishedKeys.parse(new String(body, UTF_8), rsa);
    if (keys.usable().size() == 0) {
      tell(keys.skipped());
      throw new IOException("no key in it that could be used");
    }
    return keys;
  }

  /** Once, until others are left out. */
  private void tell(List<String> skipped) {
    synchronized (this) {
      if (skipped.equals(told)) {
        return;
      }
      told = skipped;
    }
    skipped.stream()
        .limit(LOGGED)
        .forEach(one -> log.warn("key left out url={} key=\"{}\"", uri, one));
    if (skipped.size() > LOGGED) {
      log.warn("more keys left out url={} keys={}", uri, skipped.size() - LOGGED);
    }
  }

  private synchronized boolean over() {
    return closed;
  }

  /** The fetch is over. */
  private synchronized void landed(@Nullable Duration again) {
    flight = null;
    callOff.run();
    if (again != null && !closed) {
      callOff = timing.later().after(again, this::look);
    }
  }

  /** The timer's. */
  private void look() {
    if (fetch() == null) {
      synchronized (this) {
        callOff = closed ? () -> {} : timing.later().after(PAUSE, this::look);
      }
    }
  }

  /** Before they are too old, so that nobody meets old ones. */
  private Duration ahead() {
    return refresh.multipliedBy(3).dividedBy(4);
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  /** The first cause's words: wrappers say nothing. */
  private static String words(Throwable failure) {
    var cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.toString().replaceAll("[\\p{Cntrl}\"]", "?");
  }
}
