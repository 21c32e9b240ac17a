package io.lhttp.filters.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.jwk.JWKSet;
import io.lhttp.Measure;
import io.lhttp.filters.cache.BoundedCache;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.text.ParseException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys that an issuer publishes, from the one configured URL. They are fetched when they are
 * first needed, when they are too old, and, at most once per pause, when a token names one that is
 * not among them; such a name is then known to be foreign for a while. Where a fetch fails the old
 * keys hold on for a day. One fetch at a time; safe for all threads.
 */
final class Jwks implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Jwks.class);
  private static final Duration PAUSE = Duration.ofSeconds(5);
  private static final Duration STALE = Duration.ofDays(1);
  private static final Duration FOREIGN = Duration.ofMinutes(1);
  private static final Duration TIME_OUT = Duration.ofSeconds(5);
  private static final int FOREIGN_IDS = 1_000;
  private static final int LONGEST_ID = 200;
  private static final int MOST_KEYS = 100;
  private static final int MOST_BYTES = 256 * 1024;

  private final URI uri;
  private final Duration refresh;
  private final LongSupplier nanos;
  private final BoundedCache<String, Boolean> foreign;
  private final HttpClient http =
      HttpClient.newBuilder()
          .connectTimeout(TIME_OUT)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  /** Held while a fetch runs. */
  private final ReentrantLock fetching = new ReentrantLock();

  private final AtomicLong fetches = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();
  private volatile @Nullable Fetched fetched;

  /**
   * When the last fetch began, whatever became of it; null before the first. Guarded by fetching.
   */
  private @Nullable Long lastAttempt;

  /**
   * @param at when they came, by {@code nanos}
   */
  private record Fetched(KeySet keys, long at) {}

  Jwks(URI uri, Duration refresh, LongSupplier nanos) {
    this.uri = uri;
    this.refresh = refresh;
    this.nanos = nanos;
    this.foreign = new BoundedCache<>(FOREIGN_IDS, FOREIGN, nanos);
  }

  /** Whether there are keys, and no older than they may be. */
  boolean fresh() {
    var now = fetched;
    return now != null && younger(now, refresh);
  }

  /** The keys that are here, without a look at the issuer's. Does not wait. */
  KeySet here() throws KeysUnreachableException {
    var now = fetched;
    if (now == null || !younger(now, STALE)) {
      throw new KeysUnreachableException();
    }
    return now.keys;
  }

  /** The keys, fetched where they are too old. May wait. */
  KeySet keys() throws KeysUnreachableException {
    if (!fresh()) {
      fetch(false);
    }
    return here();
  }

  /** The keys, fetched again because this name is not among them. May wait. */
  KeySet keysWith(String id) throws KeysUnreachableException {
    if (id.length() <= LONGEST_ID && foreign.get(id).isEmpty()) {
      var looked = fetch(true);
      if (looked
          && here().keys().stream().noneMatch(key -> key.id().filter(id::equals).isPresent())) {
        foreign.put(id, true);
      }
    }
    return here();
  }

  /** How often keys have come. */
  long fetches() {
    return fetches.get();
  }

  Stream<Measure> measures() {
    var help = "How often the issuer was asked for its keys.";
    return Stream.of(
        Measure.counter("auth_key_fetches", help, fetches.get()).with("result", "fetched"),
        Measure.counter("auth_key_fetches", help, failures.get()).with("result", "failed"));
  }

  @Override
  public void close() {
    http.shutdownNow();
  }

  private boolean younger(Fetched keys, Duration age) {
    return nanos.getAsLong() - keys.at < age.toNanos();
  }

  /**
   * @param again although they are fresh
   * @return whether the issuer was asked since this was called
   */
  private boolean fetch(boolean again) {
    var before = fetches.get();
    fetching.lock();
    try {
      var last = lastAttempt;
      var someoneElseDid = fetches.get() != before;
      var tooSoon = last != null && nanos.getAsLong() - last < PAUSE.toNanos();
      if (someoneElseDid) {
        return true;
      }
      if (tooSoon || (!again && fresh())) {
        return false;
      }
      lastAttempt = nanos.getAsLong();
      fetched = new Fetched(ask(), nanos.getAsLong());
      fetches.incrementAndGet();
      return true;
    } catch (IOException | ParseException e) {
      failures.incrementAndGet();
      log.warn("keys can't be fetched url={} error=\"{}\"", uri, e.toString());
      return false;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      fetching.unlock();
    }
  }

  private KeySet ask() throws IOException, InterruptedException, ParseException {
    var request =
        HttpRequest.newBuilder(uri).timeout(TIME_OUT).header("accept", "application/json").build();
    var response = http.send(request, BodyHandlers.ofInputStream());
    try (var body = response.body()) {
      if (response.statusCode() != 200) {
        throw new IOException("status " + response.statusCode());
      }
      var bytes = body.readNBytes(MOST_BYTES + 1);
      if (bytes.length > MOST_BYTES) {
        throw new IOException("more than " + MOST_BYTES + " bytes");
      }
      var keys =
          JWKSet.parse(new String(bytes, UTF_8)).getKeys().stream()
              .limit(MOST_KEYS)
              .flatMap(key -> VerificationKey.of(key).stream())
              .toList();
      if (keys.isEmpty()) {
        throw new IOException("no key in it that could be used");
      }
      log.info("keys fetched url={} keys={}", uri, keys.size());
      return new KeySet(keys);
    }
  }
}
