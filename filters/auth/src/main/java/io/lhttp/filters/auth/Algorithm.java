package io.lhttp.filters.auth;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** The algorithms of token signatures that the filter verifies. */
enum Algorithm {
  HS256("HS256"),
  RS256("RS256"),
  RS384("RS384"),
  RS512("RS512"),
  PS256("PS256"),
  PS384("PS384"),
  PS512("PS512"),
  ES256("ES256"),
  ES384("ES384"),
  ES512("ES512"),
  /** One algorithm with two names: that of RFC 8037, and that of RFC 9864. */
  ED25519("EdDSA", "Ed25519");

  private final String name;
  private final String otherName;

  Algorithm(String name) {
    this(name, name);
  }

  Algorithm(String name, String otherName) {
    this.name = name;
    this.otherName = otherName;
  }

  /** Whether this is the algorithm's name in a token's header or in a key. */
  boolean named(String text) {
    return name.equals(text) || otherName.equals(text);
  }

  /** Whether an RSA key can have this algorithm. */
  boolean rsa() {
    return name().startsWith("RS") || name().startsWith("PS");
  }

  /** Returns the algorithm; empty if the filter does not support it. */
  static Optional<Algorithm> of(String name) {
    return Arrays.stream(values()).filter(algorithm -> algorithm.named(name)).findFirst();
  }

  /**
   * Returns the algorithm.
   *
   * @throws IllegalArgumentException if an RSA key can't have this algorithm
   */
  static Algorithm ofRsa(String name) {
    return of(name)
        .filter(Algorithm::rsa)
        .orElseThrow(() ->
            new IllegalArgumentException(
                "expected an algorithm of RSA, one of "
                    + Arrays.stream(values())
                        .filter(Algorithm::rsa)
                        .map(Enum::name)
                        .collect(Collectors.joining(", "))
                    + ", not "
                    + name));
  }
}
