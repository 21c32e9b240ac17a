package io.lhttp.filters.auth;

import io.lhttp.Secret;
import io.lhttp.Secrets;
import java.net.URI;
import java.nio.file.Path;
import java.security.PublicKey;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * The options of the filter {@code auth}.
 *
 * @param jwt how signed tokens are verified; without it there are none
 * @param apiKeys fixed tokens by their owners' names
 * @param tokens the places in which a client may send its token
 * @param anonymous whether a client without a token may send messages; a bad token is refused
 *     anyway
 * @param grace the time that a connection stays open, with warnings, after its token has expired
 * @param login the time that a connection may stay open without a token if it needs one
 * @param refusals the number of refused messages in a row that closes the connection with 4401, 1
 *     at least
 * @param permissions the channels that clients may use; an empty list, the default, allows all
 */
public record AuthOptions(
    Optional<Jwt> jwt,
    Map<String, ApiKey> apiKeys,
    Sources tokens,
    boolean anonymous,
    Duration grace,
    Duration login,
    int refusals,
    List<Permission> permissions) {

  AuthOptions() {
    this(
        Optional.empty(),
        Map.of(),
        Sources.DEFAULT,
        false,
        Duration.ofSeconds(30),
        Duration.ofSeconds(30),
        10,
        List.of());
  }

  public AuthOptions {
    if (grace.isNegative()) {
      throw new IllegalArgumentException("expected a grace of 0s at least, not " + written(grace));
    }
    if (!login.isPositive()) {
      throw new IllegalArgumentException("expected a login of more than 0s");
    }
    if (refusals < 1) {
      throw new IllegalArgumentException("expected refusals of 1 at least, not " + refusals);
    }
    apiKeys = Map.copyOf(apiKeys);
    permissions = List.copyOf(permissions);
  }

  /**
   * Requires that some client can send messages.
   *
   * @throws IllegalArgumentException if no client could ever connect
   */
  void requireSomebody() {
    if (jwt.isEmpty() && apiKeys.isEmpty() && !anonymous) {
      throw new IllegalArgumentException(
          "expected who may connect: jwt, api-keys or anonymous: true");
    }
    if (jwt.isPresent() && jwt.get().keyless()) {
      throw new IllegalArgumentException("expected a key in jwt: secret, keys or jwks");
    }
  }

  /** Formats a duration as a configuration writes it. */
  private static String written(Duration duration) {
    return duration.toString().replace("PT", "").toLowerCase(Locale.ROOT);
  }

  /** Returns a builder with the defaults, which let no client connect. */
  public static Builder builder() {
    return new AuthOptions().toBuilder();
  }

  /** Returns a builder with these options. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** Returns options with the defaults that accept only tokens of this issuer. */
  public static AuthOptions of(Jwt jwt, Permission... permissions) {
    return builder().jwt(jwt).permissions(permissions).build();
  }

  /**
   * The options of signed tokens.
   *
   * @param secret the key for HS256, of 32 bytes at least
   * @param keys more keys, of which any may have signed a token
   * @param jwks the URL where the issuer publishes its keys; {@code https}, or on this machine
   *     {@code http}
   * @param refresh the longest age of published keys, 1s at least
   * @param issuer the {@code iss} that a token must have; without it any will do
   * @param audience one of these has to be in {@code aud}; without it any will do
   * @param requireExpiry whether a token without {@code exp} is refused
   * @param skew the largest difference of clocks, 60s at most
   * @param user the claim with the user's name; dots lead into objects, as in {@code roles}
   * @param roles the claim with the user's roles, such as {@code realm_access.roles}: a list of
   *     texts, or one text, which is one role; in {@code scope} and {@code scp} each word is a
   *     role. By default the claim {@code roles}
   * @param algorithm the algorithm of RSA keys that do not name one: RS256, RS384, RS512, PS256,
   *     PS384 or PS512; by default RS256
   */
  public record Jwt(
      Optional<Secrets> secret,
      List<Key> keys,
      Optional<URI> jwks,
      Duration refresh,
      Optional<String> issuer,
      List<String> audience,
      boolean requireExpiry,
      Duration skew,
      String user,
      Optional<ClaimPath> roles,
      Optional<String> algorithm) {
    private static final Duration MOST_SKEW = Duration.ofSeconds(60);

    Jwt() {
      this(Optional.empty());
    }

    /** Sets all options but the secret to their defaults. */
    private Jwt(Optional<Secrets> secret) {
      this(
          secret,
          List.of(),
          Optional.empty(),
          Duration.ofMinutes(10),
          Optional.empty(),
          List.of(),
          false,
          Duration.ofSeconds(30),
          "sub",
          Optional.empty(),
          Optional.empty());
    }

    /**
     * Creates options with the claim {@code roles}, and with RS256 for RSA keys that do not name an
     * algorithm.
     */
    public Jwt(
        Optional<Secrets> secret,
        List<Key> keys,
        Optional<URI> jwks,
        Duration refresh,
        Optional<String> issuer,
        List<String> audience,
        boolean requireExpiry,
        Duration skew,
        String user) {
      this(
          secret,
          keys,
          jwks,
          refresh,
          issuer,
          audience,
          requireExpiry,
          skew,
          user,
          Optional.empty(),
          Optional.empty());
    }

    public Jwt {
      if (skew.isNegative() || skew.compareTo(MOST_SKEW) > 0) {
        throw new IllegalArgumentException("expected a skew of 60s at most, not " + written(skew));
      }
      if (refresh.toSeconds() < 1) {
        throw new IllegalArgumentException(
            "expected a refresh of 1s at least, not " + written(refresh));
      }
      jwks.ifPresent(Jwt::requireSafe);
      algorithm.ifPresent(Algorithm::ofRsa);
      if (user.isBlank()) {
        throw new IllegalArgumentException("expected a user such as sub, not an empty text");
      }
      secret.ifPresent(
          valid -> valid.all().forEach(key -> VerificationKey.of(Optional.empty(), key)));
      keys = List.copyOf(keys);
      audience = List.copyOf(audience);
    }

    /** Returns a builder with the defaults, without a key. */
    public static Builder builder() {
      return new Jwt().toBuilder();
    }

    /** Returns a builder with these options. */
    public Builder toBuilder() {
      return new Builder(this);
    }

    /** Returns options with the defaults and this secret for HS256. */
    public static Jwt of(String secret) {
      return new Jwt(Optional.of(Secrets.of(secret)));
    }

    /** The algorithm of RSA keys that do not name one. */
    Algorithm rsa() {
      return algorithm.map(Algorithm::ofRsa).orElse(Algorithm.RS256);
    }

    boolean keyless() {
      return secret.isEmpty() && keys.isEmpty() && jwks.isEmpty();
    }

    private static void requireSafe(URI uri) {
      var host = uri.getHost();
      var here = "localhost".equals(host) || "127.0.0.1".equals(host) || "[::1]".equals(host);
      var safe = "https".equals(uri.getScheme()) || (here && "http".equals(uri.getScheme()));
      if (host == null || !safe) {
        throw new IllegalArgumentException(
            "expected a jwks of https, or of http on this machine, not " + uri);
      }
    }

    /**
     * Builds options in a program. The methods are named as the keys of a configuration file. Not
     * thread-safe.
     */
    public static final class Builder {
      private Optional<Secrets> secret;
      private List<Key> keys;
      private Optional<URI> jwks;
      private Duration refresh;
      private Optional<String> issuer;
      private List<String> audience;
      private boolean requireExpiry;
      private Duration skew;
      private String user;
      private Optional<ClaimPath> roles;
      private Optional<String> algorithm;

      private Builder(Jwt from) {
        secret = from.secret;
        keys = from.keys;
        jwks = from.jwks;
        refresh = from.refresh;
        issuer = from.issuer;
        audience = from.audience;
        requireExpiry = from.requireExpiry;
        skew = from.skew;
        user = from.user;
        roles = from.roles;
        algorithm = from.algorithm;
      }

      /** Sets the key for HS256. Default: none. */
      public Builder secret(String secret) {
        return secrets(Secrets.of(secret));
      }

      /** Sets the keys for HS256, of which any may have signed a token. Default: none. */
      public Builder secrets(Secrets secrets) {
        this.secret = Optional.of(secrets);
        return this;
      }

      /** Sets further keys. Default: none. */
      public Builder keys(Key... keys) {
        this.keys = List.of(keys);
        return this;
      }

      /** Sets the URL where the issuer publishes its keys. Default: none. */
      public Builder jwks(URI jwks) {
        this.jwks = Optional.of(jwks);
        return this;
      }

      /** Sets the longest age of published keys, at least a second. Default: 10 minutes. */
      public Builder refresh(Duration refresh) {
        this.refresh = refresh;
        return this;
      }

      /** Sets the required claim {@code iss}. Default: any issuer. */
      public Builder issuer(String issuer) {
        this.issuer = Optional.of(issuer);
        return this;
      }

      /** Sets the audiences of which the claim {@code aud} must contain one. Default: any. */
      public Builder audience(String... audience) {
        this.audience = List.of(audience);
        return this;
      }

      /** Sets whether a token without {@code exp} is refused. Default: no. */
      public Builder requireExpiry(boolean requireExpiry) {
        this.requireExpiry = requireExpiry;
        return this;
      }

      /** Sets the largest difference between clocks, at most 60 seconds. Default: 30 seconds. */
      public Builder skew(Duration skew) {
        this.skew = skew;
        return this;
      }

      /**
       * Sets the claim with the user's name. Dots lead into objects, as in {@link #roles}. Default:
       * {@code sub}.
       */
      public Builder user(String claim) {
        this.user = claim;
        return this;
      }

      /**
       * Sets the claim with the user's roles, such as {@code realm_access.roles}. The user's claims
       * then have these roles, and no others, as {@code roles}. Default: {@code roles}.
       *
       * @throws IllegalArgumentException if the name is empty
       */
      public Builder roles(String claim) {
        this.roles = Optional.of(ClaimPath.parse(claim));
        return this;
      }

      /** Sets the algorithm of RSA keys that do not name one. Default: RS256. */
      public Builder algorithm(String algorithm) {
        this.algorithm = Optional.of(algorithm);
        return this;
      }

      /**
       * @throws IllegalArgumentException if an option is wrong; the text names it
       */
      public Jwt build() {
        return new Jwt(
            secret,
            keys,
            jwks,
            refresh,
            issuer,
            audience,
            requireExpiry,
            skew,
            user,
            roles,
            algorithm);
      }
    }
  }

  /**
   * One key: a {@code secret} for HS256, or a public key as PEM in {@code pem} or in a {@code
   * file}. Public keys are RSA, P-256 (ES256), P-384 (ES384), P-521 (ES512) or Ed25519 (EdDSA,
   * Ed25519).
   *
   * <p>A key verifies signatures of one algorithm. The key's kind decides which; only an RSA key
   * has to name its algorithm.
   *
   * @param id the {@code kid} of the tokens that this key verifies; a key without an id is tried
   *     for every token
   * @param secret a key for HS256, of 32 bytes at least
   * @param pem a public key, as PEM
   * @param file a file with a public key, as PEM
   * @param algorithm the algorithm of an RSA key: RS256, RS384, RS512, PS256, PS384 or PS512; by
   *     default that of {@code jwt.algorithm}
   */
  public record Key(
      Optional<String> id,
      Optional<Secret> secret,
      Optional<String> pem,
      Optional<Path> file,
      Optional<String> algorithm) {
    /** Creates an RSA key with the algorithm of {@link Jwt#algorithm}, or another kind of key. */
    public Key(
        Optional<String> id, Optional<Secret> secret, Optional<String> pem, Optional<Path> file) {
      this(id, secret, pem, file, Optional.empty());
    }

    public Key {
      var given =
          (secret.isPresent() ? 1 : 0) + (pem.isPresent() ? 1 : 0) + (file.isPresent() ? 1 : 0);
      if (given != 1) {
        throw new IllegalArgumentException("expected one of secret, pem and file");
      }
      secret.ifPresent(value -> VerificationKey.of(Optional.empty(), value));
      algorithm.ifPresent(Algorithm::ofRsa);
      if (secret.isPresent() && algorithm.isPresent()) {
        throw new IllegalArgumentException(
            "a secret is for HS256; expected no algorithm beside it");
      }
      pem.ifPresent(text -> requireFits(Pem.key(text), algorithm));
    }

    /**
     * Requires that the key can have this algorithm; otherwise the key would never verify a token.
     */
    static void requireFits(PublicKey key, Optional<String> algorithm) {
      var made = VerificationKey.of(Optional.empty(), key, Algorithm.RS256);
      if (algorithm.isPresent() && !made.algorithm().rsa()) {
        throw new IllegalArgumentException(
            "the key is for %s; expected no algorithm beside it".formatted(made.algorithm()));
      }
    }

    public static Key pem(String id, String pem) {
      return new Key(Optional.of(id), Optional.empty(), Optional.of(pem), Optional.empty());
    }
  }

  /**
   * A fixed token and its owner's claims.
   *
   * @param key the token, at least 16 characters long
   * @param sha256 the token's SHA-256 in hexadecimal digits, instead of the token
   * @param claims the claims of its owner, for permissions and scripts
   */
  public record ApiKey(
      Optional<Secrets> key, Optional<Secrets> sha256, Map<String, Object> claims) {
    private static final int SHORTEST = 16;
    private static final Pattern DIGITS = Pattern.compile("[0-9a-fA-F]{64}");

    public ApiKey {
      if (key.isPresent() == sha256.isPresent()) {
        throw new IllegalArgumentException("expected either key or sha256");
      }
      if (any(key, text -> text.length() < SHORTEST)) {
        throw new IllegalArgumentException("a key has at least 16 characters");
      }
      if (any(sha256, text -> !DIGITS.matcher(text).matches())) {
        throw new IllegalArgumentException("a sha256 has 64 hexadecimal digits");
      }
      claims = Map.copyOf(claims);
    }

    /** Returns a token, or two that are valid at the same time, without claims. */
    public static ApiKey of(Secrets key) {
      return new ApiKey(Optional.of(key), Optional.empty(), Map.of());
    }

    private static boolean any(Optional<Secrets> secrets, Predicate<String> wrong) {
      return secrets.stream()
          .flatMap(valid -> valid.all().stream())
          .anyMatch(secret -> wrong.test(secret.text()));
    }
  }

  /**
   * The places where the filter looks for a token. In a handshake: {@code Authorization: Bearer},
   * the subprotocol {@code bearer.TOKEN} beside {@code lhttp}, a query parameter or a cookie; the
   * first of these that has a token counts.
   *
   * <p>In a message: the header {@code authorization}.
   *
   * @param bearer the header {@code Authorization: Bearer} of the handshake
   * @param subprotocol the subprotocol {@code bearer.TOKEN} beside {@code lhttp}, for browsers
   * @param message the header {@code authorization} of a message
   * @param cookie the name of the cookie, if it is read
   * @param query the name of the query parameter, if it is read; proxies tend to log it
   */
  public record Sources(
      boolean bearer,
      boolean subprotocol,
      boolean message,
      Optional<String> cookie,
      Optional<String> query) {
    public static final Sources DEFAULT =
        new Sources(true, true, true, Optional.empty(), Optional.empty());
  }

  /** An action on a channel. */
  public enum Action {
    SUBSCRIBE,
    PUBLISH
  }

  /**
   * Allows actions on some channels.
   *
   * @param channel the channels; {@code ${user}} is the user's name, {@code ${claims.NAME}} a
   *     claim, a final {@code *} any rest
   * @param allow the actions; both by default
   * @param role a role that the user must have: an element of the claim named roles
   * @param claims the values that the user's claims must have, or must contain if they are lists
   */
  public record Permission(
      ChannelPattern channel,
      List<Action> allow,
      Optional<String> role,
      Map<String, Object> claims) {
    public Permission {
      allow = allow.isEmpty() ? List.of(Action.values()) : List.copyOf(allow);
      claims = Map.copyOf(claims);
    }

    /** Returns a permission that allows the actions to every client that may send messages. */
    public static Permission of(String channel, Action... allow) {
      return new Permission(
          ChannelPattern.parse(channel), List.of(allow), Optional.empty(), Map.of());
    }
  }

  /**
   * Builds options in a program. The methods are named as the keys of a configuration file. Not
   * thread-safe.
   */
  public static final class Builder {
    private Optional<Jwt> jwt;
    private Map<String, ApiKey> apiKeys;
    private Sources tokens;
    private boolean anonymous;
    private Duration grace;
    private Duration login;
    private int refusals;
    private List<Permission> permissions;

    private Builder(AuthOptions from) {
      jwt = from.jwt;
      apiKeys = from.apiKeys;
      tokens = from.tokens;
      anonymous = from.anonymous;
      grace = from.grace;
      login = from.login;
      refusals = from.refusals;
      permissions = from.permissions;
    }

    /** Accepts signed tokens by these options. Default: the filter accepts none. */
    public Builder jwt(Jwt jwt) {
      this.jwt = Optional.of(jwt);
      return this;
    }

    /** Adds a fixed token of at least 16 characters, or replaces the one of that name. */
    public Builder apiKey(String name, String key) {
      return apiKey(name, ApiKey.of(Secrets.of(key)));
    }

    /** Adds a fixed token, or replaces the one of that name. */
    public Builder apiKey(String name, ApiKey key) {
      var more = new HashMap<>(apiKeys);
      more.put(name, key);
      apiKeys = more;
      return this;
    }

    /** Sets where the filter looks for a token. Default: {@link Sources#DEFAULT}. */
    public Builder tokens(Sources tokens) {
      this.tokens = tokens;
      return this;
    }

    /** Sets whether a client without a token may send messages. Default: no. */
    public Builder anonymous(boolean anonymous) {
      this.anonymous = anonymous;
      return this;
    }

    /** Sets how long a connection stays open after its token has expired. Default: 30 seconds. */
    public Builder grace(Duration grace) {
      this.grace = grace;
      return this;
    }

    /**
     * Sets how long a connection that needs a token may stay open without one. Default: 30 seconds.
     */
    public Builder login(Duration login) {
      this.login = login;
      return this;
    }

    /**
     * Sets the number of refused messages in a row that closes the connection with 4401. Default:
     * 10.
     */
    public Builder refusals(int refusals) {
      this.refusals = refusals;
      return this;
    }

    /** Sets which users may use which channels. Default: every user may use all channels. */
    public Builder permissions(Permission... permissions) {
      this.permissions = List.of(permissions);
      return this;
    }

    /**
     * @throws IllegalArgumentException if an option is wrong; the text names it
     */
    public AuthOptions build() {
      return new AuthOptions(jwt, apiKeys, tokens, anonymous, grace, login, refusals, permissions);
    }
  }
}
