package io.lhttp.filters.auth;

import io.lhttp.internal.text.PemText;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.spec.X509EncodedKeySpec;
import java.util.List;

/**
 * Reads a public key as text (RFC 7468): a {@code PUBLIC KEY}, or the key in a {@code CERTIFICATE}.
 */
final class Pem {
  private static final List<String> KINDS = List.of("RSA", "EC", "Ed25519");

  private Pem() {}

  /**
   * Returns the text's public key.
   *
   * @throws IllegalArgumentException if there is none; the text says what was expected
   */
  static PublicKey key(String text) {
    var block = firstBlock(text);
    try {
      return switch (block.label()) {
        case "PUBLIC KEY" -> key(block.der());
        case "CERTIFICATE" ->
            CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(block.der()))
                .getPublicKey();
        default ->
            throw new IllegalArgumentException(
                "expected a PUBLIC KEY or a CERTIFICATE, not a " + block.label());
      };
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("the PEM holds no key: " + e.getMessage(), e);
    }
  }

  private static PemText.Block firstBlock(String text) {
    try {
      var blocks = PemText.blocks(text);
      if (!blocks.isEmpty()) {
        return blocks.getFirst();
      }
    } catch (IllegalArgumentException ignored) {
      // The block is incomplete.
    }
    throw new IllegalArgumentException("expected PEM: -----BEGIN PUBLIC KEY----- and so on");
  }

  private static PublicKey key(byte[] der) throws GeneralSecurityException {
    for (var kind : KINDS) {
      try {
        return KeyFactory.getInstance(kind).generatePublic(new X509EncodedKeySpec(der));
      } catch (GeneralSecurityException ignored) {
        // The key is not of this kind; the loop tries the next kind.
      }
    }
    throw new IllegalArgumentException("expected a key of RSA, P-256, P-384, P-521 or Ed25519");
  }
}
