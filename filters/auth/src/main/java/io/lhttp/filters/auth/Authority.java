package io.lhttp.filters.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.Metric;
import io.lhttp.Surroundings;
import io.lhttp.filters.cache.BoundedCache;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * Decides what a token grants, and remembers good tokens; owned by the filter. All threads may use
 * it.
 */
final class Authority implements AutoCloseable {
  private static final int SEEN = 10_000;
  private static final Duration IDLE = Duration.ofHours(1);

  private final Optional<JwtReader> jwt;
  private final ApiKeys apiKeys;
  private final Clock clock;

  /** Good tokens by their hash, so that no token stays in memory and no time tells one. */
  private final BoundedCache<ByteBuffer, Grant> seen;

  Authority(AuthOptions options, Clock clock, LongSupplier nanos) {
    this(options, AuthFilter.surroundings(clock, nanos));
  }

  Authority(AuthOptions options, Surroundings surroundings) {
    var timing = Jwks.Timing.of(surroundings);
    this.clock = surroundings.clock();
    this.jwt =
        options.jwt().map(settings -> new JwtReader(settings, clock, timing, surroundings.http()));
    this.apiKeys = new ApiKeys(options.apiKeys());
    this.seen = new BoundedCache<>(SEEN, IDLE, surroundings.nanos());
  }

  /** Whether this token was found good and is so still, so that nobody has to wait for it. */
  boolean seen(String token) {
    return recall(token).isPresent();
  }

  /**
   * @param mayWait whether keys may be fetched for it
   */
  Grant grant(String token, boolean mayWait) throws BadTokenException, KeysUnreachableException {
    var known = recall(token);
    if (known.isPresent()) {
      return known.get();
    }
    var fixed = apiKeys.find(token);
    if (fixed.isPresent()) {
      remember(token, fixed.get());
      return fixed.get();
    }
    if (jwt.isEmpty()) {
      throw new BadTokenException(Reason.UNKNOWN_KEY, "no such key");
    }
    var grant = jwt.get().read(token, mayWait);
    remember(token, grant);
    return grant;
  }

  Stream<Metric> metrics() {
    return jwt.stream().flatMap(JwtReader::metrics);
  }

  @Override
  public void close() {
    jwt.ifPresent(JwtReader::close);
  }

  private Optional<Grant> recall(String token) {
    return seen.get(key(token))
        .filter(grant -> grant.signer().isEmpty() || jwt.orElseThrow().holds(grant.signer().get()))
        .filter(
            grant -> grant.expires().isEmpty() || clock.instant().isBefore(grant.expires().get()));
  }

  private void remember(String token, Grant grant) {
    seen.put(key(token), grant);
  }

  private static ByteBuffer key(String token) {
    return ByteBuffer.wrap(Digests.sha256(token.getBytes(UTF_8)));
  }
}
