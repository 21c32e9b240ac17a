package io.lhttp.filters.auth;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;

/** A public key as text (RFC 7468): {@code PUBLIC KEY}, or the one in a {@code CERTIFICATE}. */
final class Pem {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z ]+)-----([A-Za-z0-9+/=\\s]+)-----END \\1-----");

  private static final List<String> KINDS = List.of("RSA", "EC", "Ed25519");

  private Pem() {}

  /**
   * @throws IllegalArgumentException says what was expected
   */
  static PublicKey key(String text) {
    var matcher = BLOCK.matcher(text);
    if (!matcher.find()) {
      throw new IllegalArgumentException("expected PEM: -----BEGIN PUBLIC KEY----- and so on");
    }
    try {
      var der = Base64.getMimeDecoder().decode(matcher.group(2).getBytes(US_ASCII));
      return switch (matcher.group(1)) {
        case "PUBLIC KEY" -> key(der);
        case "CERTIFICATE" ->
            CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(der))
                .getPublicKey();
        default ->
            throw new IllegalArgumentException(
                "expected a PUBLIC KEY or a CERTIFICATE, not a " + matcher.group(1));
      };
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("the PEM holds no key: " + e.getMessage(), e);
    }
  }

  private static PublicKey key(byte[] der) throws GeneralSecurityException {
    for (var kind : KINDS) {
      try {
        return KeyFactory.getInstance(kind).generatePublic(new X509EncodedKeySpec(der));
      } catch (GeneralSecurityException _) {
        // try the next kind of key
      }
    }
    throw new IllegalArgumentException("expected a key of RSA, P-256, P-384, P-521 or Ed25519");
  }
}
