package io.lhttp.filters.auth;

import com.nimbusds.jose.JWSAlgorithm;

/** How a token may be signed. */
enum Algorithm {
  HS256("HS256"),
  RS256("RS256"),
  ES256("ES256"),
  EDDSA("EdDSA");

  private final String name;

  Algorithm(String name) {
    this.name = name;
  }

  /** As it stands in a token's head. */
  JWSAlgorithm jws() {
    return JWSAlgorithm.parse(name);
  }
}
