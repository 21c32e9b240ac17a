package io.lhttp.internal.text;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;

/** Reads keys and certificates as text (PEM, RFC 7468). */
public final class PemText {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");

  /** Matches forms of keys that the JDK does not read, and encrypted keys. */
  private static final Pattern OTHER_KEY =
      Pattern.compile("BEGIN (?:RSA|EC|DSA|ENCRYPTED) PRIVATE KEY");

  private static final List<String> PRIVATE_KEYS = List.of("RSA", "RSASSA-PSS", "EC", "EdDSA");

  private PemText() {}

  /**
   * One block of a PEM text.
   *
   * @param label such as {@code CERTIFICATE}
   */
  public record Block(String label, String base64) {
    /**
     * Returns the decoded bytes.
     *
     * @throws IllegalArgumentException if the text is no Base64
     */
    public byte[] der() {
      return Base64.getMimeDecoder().decode(base64);
    }
  }

  /**
   * Returns all blocks, in their order.
   *
   * @throws IllegalArgumentException if a block is incomplete, as in a file that is still being
   *     written
   */
  public static List<Block> blocks(String text) {
    var blocks = new ArrayList<Block>();
    var matcher = BLOCK.matcher(text);
    while (matcher.find()) {
      blocks.add(new Block(matcher.group(1), matcher.group(2)));
    }
    if (matcher.replaceAll("").contains("-----")) {
      throw new IllegalArgumentException("expected whole PEM blocks");
    }
    return blocks;
  }

  /**
   * Returns the content of the blocks with this label.
   *
   * @throws IllegalArgumentException if there is no such block, or a block is incomplete
   */
  public static List<byte[]> blocks(String text, String label) {
    var found = blocks(text).stream().filter(b -> b.label().equals(label)).map(Block::der).toList();
    if (found.isEmpty()) {
      throw new IllegalArgumentException("expected whole PEM blocks \"%s\"".formatted(label));
    }
    return found;
  }

  /**
   * Returns the first key of {@code PRIVATE KEY} (PKCS #8): RSA, EC or EdDSA.
   *
   * @throws IllegalArgumentException if there is no such key; the text says which form was expected
   */
  public static PrivateKey privateKey(String text) throws GeneralSecurityException {
    if (OTHER_KEY.matcher(text).find()) {
      throw new IllegalArgumentException(
          "expected a key in PKCS #8 without a password; this makes one: "
              + "openssl pkcs8 -topk8 -nocrypt -in OLD.pem -out NEW.pem");
    }
    var key = new PKCS8EncodedKeySpec(blocks(text, "PRIVATE KEY").getFirst());
    for (var algorithm : PRIVATE_KEYS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(key);
      } catch (InvalidKeySpecException ignored) {
        // the key may be of the next algorithm
      }
    }
    throw new IllegalArgumentException("expected a key of RSA, EC or EdDSA");
  }
}
