package io.lhttp.filters.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import io.lhttp.Secret;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.NamedParameterSpec;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/**
 * A key with its one algorithm, so that a token's header can't choose another algorithm for the
 * key. Immutable.
 *
 * @param id the {@code kid} of the tokens that this key verifies; a key without an id is tried for
 *     every token
 * @param print identifies a public key: its algorithm, its id and a hash of the key
 */
record VerificationKey(
    Optional<String> id, Algorithm algorithm, String print, JWSVerifier verifier) {
  private static final int HS256_BYTES = 32;
  private static final int RSA_BITS = 2048;

  private static final Map<Curve, Algorithm> CURVES =
      Map.of(
          Curve.P_256, Algorithm.ES256,
          Curve.P_384, Algorithm.ES384,
          Curve.P_521, Algorithm.ES512);

  /**
   * Creates a key for HS256.
   *
   * @throws IllegalArgumentException if the secret is too short for HS256 (RFC 7518, section 3.2)
   */
  static VerificationKey of(Optional<String> id, Secret secret) {
    var bytes = secret.bytes();
    if (bytes.length < HS256_BYTES) {
      throw new IllegalArgumentException(
          "a secret for HS256 has at least 32 bytes, this one has " + bytes.length);
    }
    try {
      return made(id, Algorithm.HS256, new byte[0], new MACVerifier(bytes));
    } catch (JOSEException e) {
      throw new IllegalArgumentException("no key for HS256: " + e.getMessage(), e);
    }
  }

  /**
   * Creates a public key.
   *
   * @param rsa the algorithm if the key is an RSA key, which does not name one itself
   * @throws IllegalArgumentException if no supported algorithm fits the key
   */
  static VerificationKey of(Optional<String> id, PublicKey key, Algorithm rsa) {
    try {
      return switch (key) {
        case RSAPublicKey k -> made(id, rsa, key.getEncoded(), new RSASSAVerifier(strong(k)));
        case ECPublicKey k when CURVES.containsKey(Curve.forECParameterSpec(k.getParams())) ->
            made(
                id,
                requireNonNull(CURVES.get(Curve.forECParameterSpec(k.getParams()))),
                key.getEncoded(),
                new ECDSAVerifier(k));
        case EdECPublicKey k
            when k.getParams().getName().equals(NamedParameterSpec.ED25519.getName()) ->
            made(id, Algorithm.ED25519, key.getEncoded(), new Ed25519Verifier(k));
        default ->
            throw new IllegalArgumentException(
                "expected a key of RSA, P-256, P-384, P-521 or Ed25519, not of "
                    + key.getAlgorithm());
      };
    } catch (JOSEException e) {
      throw new IllegalArgumentException("the key can't be used: " + e.getMessage(), e);
    }
  }

  private static RSAPublicKey strong(RSAPublicKey key) {
    var bits = key.getModulus().bitLength();
    if (bits < RSA_BITS) {
      throw new IllegalArgumentException("an RSA key has at least 2048 bits, this one has " + bits);
    }
    return key;
  }

  private static VerificationKey made(
      Optional<String> id, Algorithm algorithm, byte[] key, JWSVerifier verifier) {
    var hash = HexFormat.of().formatHex(Digests.sha256(key));
    var name = id.map(text -> HexFormat.of().formatHex(Digests.sha256(text.getBytes(UTF_8))));
    return new VerificationKey(
        id, algorithm, algorithm + " " + name.orElse("-") + " " + hash, verifier);
  }
}
