package io.lhttp.filters.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.util.JSONObjectUtils;
import io.lhttp.Measure;
import io.lhttp.Principal;
import io.lhttp.filters.auth.AuthOptions.Jwt;
import java.io.IOException;
import java.nio.file.Files;
import java.text.ParseException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads signed tokens (RFC 7519), and believes nothing before the signature. Thread-safe. */
final class JwtReader implements AutoCloseable {
  private static final Pattern COMPACT =
      Pattern.compile("[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+");

  private static final int LONGEST = 8 * 1024;

  /**
   * A head may say this much. {@code jku}, {@code x5u}, {@code jwk}, {@code crit} and so on: no.
   */
  private static final Set<String> HEAD = Set.of("alg", "typ", "kid");

  private static final Set<String> TYPES = Set.of("jwt", "at+jwt", "application/at+jwt");

  /** No date of a token lies beyond the year 9999. */
  private static final double LATEST = 253_402_300_799.0;

  private final Jwt options;
  private final Clock clock;
  private final KeySet own;
  private final Optional<Jwks> published;

  JwtReader(Jwt options, Clock clock, LongSupplier nanos) {
    this.options = options;
    this.clock = clock;
    this.own = own(options);
    this.published = options.jwks().map(uri -> new Jwks(uri, options.refresh(), nanos));
  }

  /** Whether what was found good before is so still: the keys are as new as they have to be. */
  boolean fresh() {
    return published.isEmpty() || published.get().fresh();
  }

  /** What tells one set of published keys from the next. */
  long keysVersion() {
    return published.isEmpty() ? 0 : published.get().fetches();
  }

  /** How often keys were fetched; nothing where none are published. */
  Stream<Measure> measures() {
    return published.stream().flatMap(Jwks::measures);
  }

  /**
   * @param mayWait whether the issuer may be asked for its keys
   */
  Grant read(String token, boolean mayWait) throws BadTokenException, KeysUnreachableException {
    if (token.length() > LONGEST || !COMPACT.matcher(token).matches()) {
      throw new BadTokenException(Reason.MALFORMED, "no signed token");
    }
    var jws = parse(token);
    var head = jws.getHeader();
    requireKnown(head);
    requireSigned(jws, candidates(head, mayWait));
    return grant(claims(jws));
  }

  @Override
  public void close() {
    published.ifPresent(Jwks::close);
  }

  private static JWSObject parse(String token) throws BadTokenException {
    try {
      return JWSObject.parse(token);
    } catch (ParseException | RuntimeException | StackOverflowError e) {
      throw new BadTokenException(Reason.MALFORMED, "malformed");
    }
  }

  private static void requireKnown(JWSHeader head) throws BadTokenException {
    for (var name : head.toJSONObject().keySet()) {
      if (!HEAD.contains(name)) {
        throw new BadTokenException(Reason.HEAD, "the head says " + name);
      }
    }
    if (head.getType() != null
        && !TYPES.contains(head.getType().getType().toLowerCase(Locale.ROOT))) {
      throw new BadTokenException(Reason.HEAD, "another type");
    }
  }

  private List<VerificationKey> candidates(JWSHeader head, boolean mayWait)
      throws BadTokenException, KeysUnreachableException {
    var found = own.matching(head);
    if (found.isEmpty() && published.isPresent()) {
      var keys = mayWait ? published.get().keys() : published.get().here();
      found = keys.matching(head);
      if (found.isEmpty() && head.getKeyID() != null && mayWait) {
        found = published.get().keysWith(head.getKeyID()).matching(head);
      }
    }
    if (found.isEmpty()) {
      throw new BadTokenException(Reason.UNKNOWN_KEY, "no key here has its algorithm and kid");
    }
    return found;
  }

  private static void requireSigned(JWSObject jws, List<VerificationKey> keys)
      throws BadTokenException {
    for (var key : keys) {
      try {
        if (jws.verify(key.verifier())) {
          return;
        }
      } catch (JOSEException | RuntimeException _) {
        // not by this key
      }
    }
    throw new BadTokenException(Reason.SIGNATURE, "not signed by a key of ours");
  }

  private static Map<String, Object> claims(JWSObject jws) throws BadTokenException {
    try {
      return JSONObjectUtils.parse(new String(jws.getPayload().toBytes(), UTF_8));
    } catch (ParseException | RuntimeException | StackOverflowError _) {
      throw new BadTokenException(Reason.MALFORMED, "no claims");
    }
  }

  private Grant grant(Map<String, Object> claims) throws BadTokenException {
    var now = clock.instant();
    var expires = date(claims, "exp");
    if (expires.isEmpty() && options.requireExpiry()) {
      throw new BadTokenException(Reason.CLAIMS, "no exp");
    }
    if (expires.isPresent() && !now.isBefore(expires.get().plus(options.skew()))) {
      throw new BadTokenException(Reason.EXPIRED, "expired");
    }
    var from = date(claims, "nbf");
    if (from.isPresent() && from.get().isAfter(now.plus(options.skew()))) {
      throw new BadTokenException(Reason.EARLY, "not valid yet");
    }
    if (options.issuer().isPresent() && !options.issuer().get().equals(claims.get("iss"))) {
      throw new BadTokenException(Reason.ISSUER, "another issuer");
    }
    if (!options.audience().isEmpty() && !forUs(claims.get("aud"))) {
      throw new BadTokenException(Reason.AUDIENCE, "another audience");
    }
    if (!(claims.get(options.user()) instanceof String user) || user.isBlank()) {
      throw new BadTokenException(Reason.CLAIMS, "it names no user");
    }
    return new Grant(new Principal(user, Claims.frozen(claims)), expires);
  }

  private boolean forUs(@Nullable Object audience) {
    return audience instanceof List<?> several
        ? several.stream()
            .anyMatch(one -> one instanceof String && options.audience().contains(one))
        : audience instanceof String one && options.audience().contains(one);
  }

  private static Optional<Instant> date(Map<String, Object> claims, String name)
      throws BadTokenException {
    if (!claims.containsKey(name)) {
      return Optional.empty();
    }
    if (claims.get(name) instanceof Number number) {
      var seconds = number.doubleValue();
      if (seconds >= 0 && seconds <= LATEST) { // no NaN is
        return Optional.of(Instant.ofEpochMilli((long) (seconds * 1000)));
      }
    }
    throw new BadTokenException(Reason.MALFORMED, "no date: " + name);
  }

  private static KeySet own(Jwt options) {
    var keys = new ArrayList<VerificationKey>();
    options.secret().ifPresent(secret -> keys.add(VerificationKey.of(Optional.empty(), secret)));
    options.keys().forEach(key -> keys.add(key(key)));
    return new KeySet(keys);
  }

  private static VerificationKey key(AuthOptions.Key key) {
    if (key.secret().isPresent()) {
      return VerificationKey.of(key.id(), key.secret().get());
    }
    if (key.pem().isPresent()) {
      return VerificationKey.of(key.id(), Pem.key(key.pem().get()));
    }
    var file = key.file().orElseThrow();
    try {
      return VerificationKey.of(key.id(), Pem.key(Files.readString(file)));
    } catch (IOException e) {
      throw new IllegalArgumentException(file + " can't be read as a text: " + e, e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
  }
}
