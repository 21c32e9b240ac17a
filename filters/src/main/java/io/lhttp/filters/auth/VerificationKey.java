package io.lhttp.filters.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;
import java.util.Optional;

/**
 * A key and the one algorithm that it verifies: whatever a token's head says, a key is never used
 * for another. Safe for all threads.
 *
 * @param id what a token's {@code kid} has to be; without one, only tokens without {@code kid} fit
 */
record VerificationKey(Optional<String> id, Algorithm algorithm, JWSVerifier verifier) {
  private static final int HS256_BYTES = 32;
  private static final int RSA_BITS = 2048;

  /** What stands before the 32 bytes of an Ed25519 key in X.509's encoding (RFC 8410). */
  private static final byte[] ED25519 = HexFormat.of().parseHex("302a300506032b6570032100");

  /**
   * @throws IllegalArgumentException where the secret is too short for HS256 (RFC 7518, section
   *     3.2)
   */
  static VerificationKey of(Optional<String> id, Secret secret) {
    var bytes = secret.bytes();
    if (bytes.length < HS256_BYTES) {
      throw new IllegalArgumentException(
          "a secret for HS256 has at least 32 bytes, this one has " + bytes.length);
    }
    try {
      return new VerificationKey(id, Algorithm.HS256, new MACVerifier(bytes));
    } catch (JOSEException e) {
      throw new IllegalArgumentException("no key for HS256: " + e.getMessage(), e);
    }
  }

  /**
   * @throws IllegalArgumentException where nothing here can verify with such a key
   */
  static VerificationKey of(Optional<String> id, PublicKey key) {
    try {
      return switch (key) {
        case RSAPublicKey rsa when rsa.getModulus().bitLength() >= RSA_BITS ->
            new VerificationKey(id, Algorithm.RS256, new RSASSAVerifier(rsa));
        case RSAPublicKey rsa ->
            throw new IllegalArgumentException(
                "an RSA key has at least 2048 bits, this one has " + rsa.getModulus().bitLength());
        case ECPublicKey ec when Curve.P_256.equals(Curve.forECParameterSpec(ec.getParams())) ->
            new VerificationKey(id, Algorithm.ES256, new ECDSAVerifier(ec));
        case EdECPublicKey ed
            when ed.getParams().getName().equals(NamedParameterSpec.ED25519.getName()) ->
            new VerificationKey(id, Algorithm.EDDSA, new Ed25519Verifier(ed));
        default ->
            throw new IllegalArgumentException(
                "expected a key of RSA, P-256 or Ed25519, not of " + key.getAlgorithm());
      };
    } catch (JOSEException e) {
      throw new IllegalArgumentException("the key can't be used: " + e.getMessage(), e);
    }
  }

  /**
   * A key of a published set; empty for what does not verify signatures, or not in a way known
   * here. A secret in a set that anybody can read is none.
   */
  static Optional<VerificationKey> of(JWK jwk) {
    if (jwk.getKeyUse() != null && !jwk.getKeyUse().equals(KeyUse.SIGNATURE)) {
      return Optional.empty();
    }
    try {
      var id = Optional.ofNullable(jwk.getKeyID());
      Optional<VerificationKey> key =
          switch (jwk) {
            case RSAKey rsa -> Optional.of(of(id, rsa.toRSAPublicKey()));
            case ECKey ec -> Optional.of(of(id, ec.toECPublicKey()));
            case OctetKeyPair ed when Curve.Ed25519.equals(ed.getCurve()) ->
                Optional.of(of(id, ed25519(ed.getDecodedX())));
            default -> Optional.empty();
          };
      return key.filter(
          made -> jwk.getAlgorithm() == null || jwk.getAlgorithm().equals(made.algorithm.jws()));
    } catch (JOSEException | GeneralSecurityException | IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  private static PublicKey ed25519(byte[] x) throws GeneralSecurityException {
    var encoded = new byte[ED25519.length + x.length];
    System.arraycopy(ED25519, 0, encoded, 0, ED25519.length);
    System.arraycopy(x, 0, encoded, ED25519.length, x.length);
    return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
  }
}
