package io.lhttp.filters.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.Metric;
import io.lhttp.Surroundings;
import io.lhttp.internal.cache.BoundedCache;
import io.lhttp.revocation.Credential;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * Decides which rights a token grants, and caches verified tokens; the filter owns it. All threads
 * may use it.
 */
final class Authority implements AutoCloseable {
  private static final int SEEN = 10_000;
  private static final Duration IDLE = Duration.ofHours(1);

  private final Optional<JwtReader> jwt;
  private final ApiKeys apiKeys;
  private final Clock clock;

  /**
   * The grants of verified tokens by the token's hash, so that memory holds no token and a
   * look-up's duration reveals none.
   */
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

  /**
   * Whether this token is among the verified ones and its key is still valid, so that {@link
   * #grant} does not wait.
   */
  boolean seen(String token) {
    return remembered(token).isPresent();
  }

  /**
   * Returns the rights of a token.
   *
   * @param mayWait whether the call may wait for a fetch of keys
   */
  Grant grant(String token, boolean mayWait) throws BadTokenException, KeysUnreachableException {
    var known = remembered(token);
    if (known.isPresent()) {
      return known.get();
    }
    var fixed = apiKeys.find(token);
    if (fixed.isPresent()) {
      var grant = revocable(fixed.get(), token);
      remember(token, grant);
      return grant;
    }
    if (jwt.isEmpty()) {
      throw new BadTokenException(RefusalReason.UNKNOWN_KEY, "no such key");
    }
    var grant = jwt.get().read(token, mayWait);
    remember(token, grant);
    return grant;
  }

  /** Returns the rights of an API key, which may be revoked by its owner's name or by its hash. */
  private static Grant revocable(Grant fixed, String token) {
    var credential =
        new Credential(
            fixed.principal().name(),
            Optional.empty(),
            Credential.hash(token),
            Optional.empty(),
            true);
    return new Grant(fixed.principal(), fixed.expires(), fixed.signer(), Optional.of(credential));
  }

  /** Returns the fetched keys for the filter's successor; empty if there are none. */
  Map<String, String> handOver() {
    return jwt.map(JwtReader::handOver).orElse(Map.of());
  }

  /** Takes over the keys that the filter's predecessor has fetched from the same URL. */
  void takeOver(Map<String, String> handed) {
    jwt.ifPresent(reader -> reader.takeOver(handed));
  }

  Stream<Metric> metrics() {
    return jwt.stream().flatMap(JwtReader::metrics);
  }

  @Override
  public void close() {
    jwt.ifPresent(JwtReader::close);
  }

  private Optional<Grant> remembered(String token) {
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
