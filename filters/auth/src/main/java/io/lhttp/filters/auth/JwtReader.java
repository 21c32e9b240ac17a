package io.lhttp.filters.auth;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jose.util.JSONObjectUtils;
import io.lhttp.Metric;
import io.lhttp.Principal;
import io.lhttp.Surroundings;
import io.lhttp.filters.auth.AuthOptions.Jwt;
import io.lhttp.revocation.Credential;
import java.io.IOException;
import java.nio.file.Files;
import java.text.ParseException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads signed tokens (RFC 7519). It uses no claim before it has verified the signature. The filter
 * owns it; all threads may use it.
 */
final class JwtReader implements AutoCloseable {
  private static final Pattern COMPACT =
      Pattern.compile("[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+");

  private static final int LONGEST = 16 * 1024;

  /** The accepted values of {@code typ}; a token of another type has another purpose (RFC 8725). */
  private static final Set<String> TYPES = Set.of("jwt", "at+jwt", "jose", "jws");

  /** The parameters of a token's header that the filter reads. */
  private static final Set<String> READ = Set.of("alg", "kid", "typ");

  private static final String MEDIA_TYPE = "application/";

  /**
   * Matches characters that a user's name must not have: half a surrogate pair would become another
   * name in UTF-8, and a control character could reach the log.
   */
  private static final Pattern MALFORMED_NAME = Pattern.compile("[\\p{Cntrl}\\p{Cs}]");

  /** The most keys that are tried for one token, in the order of the set. */
  static final int MOST_TRIES = 100;

  /**
   * The latest accepted date, the end of the year 9999 in seconds since 1970. A token with a later
   * date is malformed.
   */
  private static final double LATEST = 253_402_300_799.0;

  private final Jwt options;
  private final Clock clock;
  private final KeySet own;
  private final Optional<Jwks> published;
  private final ClaimPath user;

  JwtReader(Jwt options, Clock clock, LongSupplier nanos) {
    this(options, clock, Jwks.Timing.of(AuthFilter.surroundings(clock, nanos)));
  }

  JwtReader(Jwt options, Clock clock, Jwks.Timing timing) {
    this(options, clock, timing, Optional.empty());
  }

  /**
   * @param outside answers requests for the issuer's keys, in tests; empty to ask the issuer
   */
  JwtReader(Jwt options, Clock clock, Jwks.Timing timing, Optional<Surroundings.Http> outside) {
    this.options = options;
    this.clock = clock;
    this.own = own(options);
    this.user = ClaimPath.parse(options.user());
    this.published =
        options.jwks().map(uri -> new Jwks(uri, options.refresh(), options.rsa(), timing, outside));
  }

  /**
   * Whether the issuer still publishes this key, so that its tokens are still valid. Does not wait.
   */
  boolean holds(String signer) {
    return published.isPresent() && published.get().holds(signer);
  }

  /** Returns the fetched keys for the filter's successor; empty if there are none. */
  Map<String, String> handOver() {
    return published.map(Jwks::handOver).orElse(Map.of());
  }

  /** Takes over the keys that the filter's predecessor has fetched from the same URL. */
  void takeOver(Map<String, String> handed) {
    published.ifPresent(keys -> keys.takeOver(handed));
  }

  /** The metrics of the published keys; empty if the options name no URL of keys. */
  Stream<Metric> metrics() {
    return published.stream().flatMap(Jwks::metrics);
  }

  /**
   * Verifies a token.
   *
   * @param mayWait whether the call may wait for a fetch of keys
   */
  Grant read(String token, boolean mayWait) throws BadTokenException, KeysUnreachableException {
    if (token.length() > LONGEST || !COMPACT.matcher(token).matches()) {
      throw new BadTokenException(RefusalReason.MALFORMED, "no signed token");
    }
    var jws = parse(token);
    requireForUs(jws.head);
    var signer = signer(jws, mayWait);
    try {
      return grant(claims(jws), signer, token);
    } catch (StackOverflowError ignored) {
      throw new BadTokenException(RefusalReason.MALFORMED, "claims within claims");
    }
  }

  @Override
  public void close() {
    published.ifPresent(Jwks::close);
  }

  /** The parts of a token whose signature is not verified yet. */
  private record Signed(JWSHeader head, Base64URL payload, String input, Base64URL signature) {}

  /**
   * Splits a token into its parts without verifying it. Unknown parameters of the header are
   * ignored, even malformed ones (RFC 7515, section 4), and no key is taken or fetched from the
   * header. A token with {@code crit} is refused, because the filter knows no critical parameter;
   * an encrypted token is refused, too.
   */
  private static Signed parse(String token) throws BadTokenException {
    var parts = token.split("\\.", -1);
    var head = new Base64URL(parts[0]);
    var written = new HashMap<>(json(head.decodeToString()));
    if (written.containsKey("crit") || written.containsKey("b64")) {
      throw new BadTokenException(RefusalReason.HEADER, "the head asks for an extension");
    }
    if (written.containsKey("enc")) {
      throw new BadTokenException(RefusalReason.MALFORMED, "an encrypted token");
    }
    written.keySet().retainAll(READ);
    try {
      return new Signed(
          JWSHeader.parse(written, head),
          new Base64URL(parts[1]),
          token.substring(0, token.lastIndexOf('.')),
          new Base64URL(parts[2]));
    } catch (ParseException | RuntimeException e) {
      throw new BadTokenException(RefusalReason.MALFORMED, "malformed");
    }
  }

  private static void requireForUs(JWSHeader head) throws BadTokenException {
    if (head.getType() != null) {
      var type = head.getType().getType().toLowerCase(Locale.ROOT);
      var name = type.startsWith(MEDIA_TYPE) ? type.substring(MEDIA_TYPE.length()) : type;
      if (!TYPES.contains(name)) {
        throw new BadTokenException(RefusalReason.HEADER, "another type");
      }
    }
  }

  /**
   * Verifies the signature. Returns the print of the published key that signed; empty if a
   * configured key did.
   */
  private Optional<String> signer(Signed jws, boolean mayWait)
      throws BadTokenException, KeysUnreachableException {
    var head = jws.head;
    var id = head.getKeyID();
    var ours = own.matching(head);
    if (signer(jws, ours).isPresent()) {
      return Optional.empty();
    }
    if (published.isEmpty() || (id != null && own.names(id)) || !publishable(head)) {
      throw unsigned(!ours.isEmpty());
    }
    var here = published.get().keys(mayWait);
    var signer = signer(jws, here.matching(head));
    if (signer.isEmpty() && id != null && !here.names(id) && mayWait) {
      here = published.get().keysWith(id);
      signer = signer(jws, here.matching(head));
    }
    if (signer.isEmpty()) {
      throw unsigned(!ours.isEmpty() || !here.matching(head).isEmpty());
    }
    return signer;
  }

  /**
   * Whether an issuer may publish the key for this header. Secrets are never published, and keys of
   * unknown algorithms are of no use.
   */
  private static boolean publishable(JWSHeader head) {
    return Algorithm.of(head.getAlgorithm().getName())
        .filter(algorithm -> algorithm != Algorithm.HS256)
        .isPresent();
  }

  private static Optional<String> signer(Signed jws, List<VerificationKey> candidates)
      throws BadTokenException {
    var input = jws.input.getBytes(US_ASCII);
    for (var key : candidates.subList(0, Math.min(MOST_TRIES, candidates.size()))) {
      try {
        if (key.verifier().verify(jws.head, input, jws.signature)) {
          return Optional.of(key.print());
        }
      } catch (JOSEException | RuntimeException ignored) {
        // this key did not sign the token
      }
    }
    if (candidates.size() > MOST_TRIES) {
      throw new BadTokenException(
          RefusalReason.UNKNOWN_KEY, "of the first %d keys none signed it".formatted(MOST_TRIES));
    }
    return Optional.empty();
  }

  private static BadTokenException unsigned(boolean tried) {
    return tried
        ? new BadTokenException(RefusalReason.SIGNATURE, "not signed by a key of ours")
        : new BadTokenException(RefusalReason.UNKNOWN_KEY, "no key here has its algorithm and kid");
  }

  private static Map<String, Object> claims(Signed jws) throws BadTokenException {
    return json(new String(jws.payload.decode(), UTF_8));
  }

  private static Map<String, Object> json(String text) throws BadTokenException {
    try {
      return JSONObjectUtils.parse(text);
    } catch (ParseException | RuntimeException | StackOverflowError ignored) {
      throw new BadTokenException(RefusalReason.MALFORMED, "no JSON object");
    }
  }

  private Grant grant(Map<String, Object> claims, Optional<String> signer, String token)
      throws BadTokenException {
    var now = clock.instant();
    var expires = date(claims, "exp");
    if (expires.isEmpty() && options.requireExpiry()) {
      throw new BadTokenException(RefusalReason.CLAIMS, "no exp");
    }
    if (expires.isPresent() && !now.isBefore(expires.get().plus(options.skew()))) {
      throw new BadTokenException(RefusalReason.EXPIRED, "expired");
    }
    var from = date(claims, "nbf");
    if (from.isPresent() && from.get().isAfter(now.plus(options.skew()))) {
      throw new BadTokenException(RefusalReason.NOT_YET_VALID, "not valid yet");
    }
    if (options.issuer().isPresent() && !options.issuer().get().equals(claims.get("iss"))) {
      throw new BadTokenException(RefusalReason.ISSUER, "another issuer");
    }
    if (!options.audience().isEmpty() && !forUs(claims.get("aud"))) {
      throw new BadTokenException(RefusalReason.AUDIENCE, "another audience");
    }
    var named = user(claims);
    var credential =
        new Credential(named, id(claims), Credential.hash(token), issued(claims), false);
    if (options.roles().isPresent()) {
      Roles.set(claims, options.roles().get());
    }
    return new Grant(
        new Principal(named, Claims.frozen(claims)), expires, signer, Optional.of(credential));
  }

  /**
   * Returns the user's name from its claim. A number is accepted only if it is exact, because
   * several inexact numbers round to the same text.
   */
  private String user(Map<String, Object> claims) throws BadTokenException {
    return switch (user.in(claims)) {
      case String text when !text.isBlank() && !MALFORMED_NAME.matcher(text).find() -> text;
      case Long number -> number.toString();
      case Integer number -> number.toString();
      case null, default -> throw new BadTokenException(RefusalReason.CLAIMS, "it names no user");
    };
  }

  private static Optional<String> id(Map<String, Object> claims) {
    return switch (claims.get("jti")) {
      case String text -> Optional.of(text);
      case Long number -> Optional.of(number.toString());
      case Integer number -> Optional.of(number.toString());
      case null, default -> Optional.empty();
    };
  }

  /** Returns the time of issue. A malformed one is none, which counts as older than any. */
  private static Optional<Instant> issued(Map<String, Object> claims) {
    try {
      return date(claims, "iat");
    } catch (BadTokenException ignored) {
      return Optional.empty();
    }
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
      if (seconds >= 0 && seconds <= LATEST) { // NaN and infinities are refused above
        return Optional.of(Instant.ofEpochMilli((long) (seconds * 1000)));
      }
    }
    throw new BadTokenException(RefusalReason.MALFORMED, "no date: " + name);
  }

  private static KeySet own(Jwt options) {
    var keys = new ArrayList<VerificationKey>();
    options
        .secret()
        .ifPresent(valid ->
            valid.all().forEach(key -> keys.add(VerificationKey.of(Optional.empty(), key))));
    options.keys().forEach(key -> keys.add(key(key, options.rsa())));
    return new KeySet(keys);
  }

  private static VerificationKey key(AuthOptions.Key key, Algorithm otherwise) {
    var rsa = key.algorithm().map(Algorithm::ofRsa).orElse(otherwise);
    if (key.secret().isPresent()) {
      return VerificationKey.of(key.id(), key.secret().get());
    }
    if (key.pem().isPresent()) {
      return VerificationKey.of(key.id(), Pem.key(key.pem().get()), rsa);
    }
    var file = key.file().orElseThrow();
    try {
      var read = Pem.key(Files.readString(file));
      AuthOptions.Key.requireFits(read, key.algorithm());
      return VerificationKey.of(key.id(), read, rsa);
    } catch (IOException e) {
      throw new IllegalArgumentException(file + " can't be read as a text: " + e, e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
  }
}
