package io.lhttp.revocation;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.AttributeKey;
import io.lhttp.Connection;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The facts about an accepted token that decide whether it is revoked. A filter that verifies
 * tokens keeps it at the connection by {@link #keep}, so that the server finds open connections of
 * a revoked token. It contains neither the token nor its signature.
 *
 * @param user the user's name
 * @param id the token's {@code jti}
 * @param sha256 the token's hash, see {@link #hash}
 * @param issued the token's {@code iat}; a token without one counts as older than any
 * @param fixed whether the token is an API key, which nobody has issued: a revocation of all issued
 *     tokens does not concern it
 */
public record Credential(
    String user, Optional<String> id, String sha256, Optional<Instant> issued, boolean fixed) {
  private static final AttributeKey<Credential> KEY =
      AttributeKey.of("lhttp.credential", Credential.class);

  /** Returns the credential of a connection; empty if its user has shown no token. */
  public static Optional<Credential> of(Connection connection) {
    return connection.attributes().get(KEY);
  }

  /** Makes this the credential of a connection, in place of an earlier one. */
  public void keep(Connection connection) {
    connection.attributes().set(KEY, this);
  }

  /**
   * Returns the SHA-256, in hexadecimal digits, by which a token is revoked. Of a signed token
   * (JWS) it is the hash of the text in front of the last dot: a signature can be written in
   * several ways, and each of them is the same token. Of any other token it is the hash of the
   * whole text.
   */
  public static String hash(String token) {
    var first = token.indexOf('.');
    var last = token.lastIndexOf('.');
    var signed = first > 0 && last > first && token.indexOf('.', first + 1) == last;
    return sha256(signed ? token.substring(0, last) : token);
  }

  static String sha256(String text) {
    try {
      var hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
      return HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
