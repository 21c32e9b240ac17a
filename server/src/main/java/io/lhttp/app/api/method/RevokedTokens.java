package io.lhttp.app.api.method;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.app.api.json.WrongFieldException;
import io.lhttp.internal.text.JsonReader;
import io.lhttp.revocation.Credential;
import io.lhttp.revocation.Revocation;
import io.lhttp.revocation.Revocation.Kind;
import java.time.Instant;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The fields that name revoked tokens, of which exactly one is present. */
record RevokedTokens(
    Optional<String> user,
    Optional<String> jti,
    Optional<String> sha256,
    Optional<String> token,
    Optional<Boolean> all) {
  static final String USER =
      "the tokens of this user that were issued before an instant, and the user's API keys";
  static final String JTI = "the token with this claim `jti`";
  static final String SHA256 =
      "the token with this SHA-256: of a signed token without the last dot and the signature behind"
          + " it, of an API key as a whole";
  static final String EXAMPLE_SHA256 =
      "\"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d\"";
  static final String TOKEN = "this token; the server keeps its hash";
  static final String ALL = "true: all tokens that were issued before an instant, but no API keys";

  /** The most characters of a token. */
  static final int LONGEST = 16 * 1024;

  /** Describes the end of an entry. */
  static final String FUTURE = "a time that has not passed";

  /** Describes a user or a claim. */
  static final String TEXT = "a text of 1 to 255 characters of UTF-16 without control characters";

  private static final int DEPTH = 32;
  private static final long LATEST = 253_402_300_799L;

  RevokedTokens {
    if (Stream.of(user, jti, sha256, token, all).filter(Optional::isPresent).count() != 1) {
      throw new IllegalArgumentException("expected one of user, jti, sha256, token and all");
    }
    if (all.isPresent() && !all.get()) {
      throw WrongFieldException.of("all", "true");
    }
  }

  Kind kind() {
    return user.isPresent()
        ? Kind.USER
        : jti.isPresent() ? Kind.ID : all.isPresent() ? Kind.ALL : Kind.TOKEN;
  }

  String target() {
    return user.or(() -> jti)
        .or(() -> sha256.map(hash -> hash.toLowerCase(Locale.ROOT)))
        .or(() -> token.map(Credential::hash))
        .orElse("");
  }

  /**
   * @throws IllegalArgumentException if the fields don't fit together
   */
  Revocation revocation(Optional<Instant> before, Optional<Instant> expires) {
    var kind = kind();
    if (before.isPresent() && !kind.ofTime()) {
      throw WrongFieldException.of("before", "no time beside %s".formatted(field()));
    }
    var now = Instant.now();
    var revocation =
        WrongFieldException.checked(
            field(),
            kind == Kind.TOKEN ? "64 digits from 0 to 9 and a to f" : TEXT,
            () ->
                new Revocation(
                    kind,
                    target(),
                    kind.ofTime() ? before.or(() -> Optional.of(now)) : Optional.empty(),
                    expires.or(() -> token.flatMap(RevokedTokens::expiry))));
    if (!revocation.counts(now)) {
      throw expires.isPresent()
          ? WrongFieldException.of("expires", FUTURE)
          : WrongFieldException.of(field(), "a token that has not expired");
    }
    return revocation;
  }

  /** The name of the field that is present. */
  private String field() {
    return user.isPresent()
        ? "user"
        : jti.isPresent()
            ? "jti"
            : all.isPresent() ? "all" : sha256.isPresent() ? "sha256" : "token";
  }

  /**
   * Returns the expiry that a token names. The signature is not verified: a caller that names a
   * token with a false date has named another token.
   */
  private static Optional<Instant> expiry(String token) {
    var parts = token.split("\\.", -1);
    try {
      return parts.length == 3
              && JsonReader.read(new String(Base64.getUrlDecoder().decode(parts[1]), UTF_8), DEPTH)
                  instanceof Map<?, ?> claims
              && claims.get("exp") instanceof Double seconds
              && seconds >= 0
              && seconds <= LATEST
          ? Optional.of(Instant.ofEpochMilli((long) (seconds * 1000)))
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // an API key
    }
  }
}
