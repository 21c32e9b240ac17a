package io.lhttp.app.code;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * Computes the SHA-256 hash of several parts. The length of each part is hashed, too, so that the
 * same text divided otherwise has another hash.
 */
public final class Hash {
  private Hash() {}

  /** Returns the hash of the parts, each as text. */
  public static String of(Object... parts) {
    var digest = sha256();
    for (var part : parts) {
      add(digest, part.toString().getBytes(UTF_8));
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  static String of(String first, Map<String, byte[]> classes) {
    var digest = sha256();
    add(digest, first.getBytes(UTF_8));
    classes.forEach((name, bytes) -> {
      add(digest, name.getBytes(UTF_8));
      add(digest, bytes);
    });
    return HexFormat.of().formatHex(digest.digest());
  }

  static String of(List<CodeFile> files) {
    var digest = sha256();
    for (var file : files) {
      add(digest, file.name().getBytes(UTF_8));
      add(digest, file.content());
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void add(MessageDigest digest, byte[] part) {
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(part.length).flip());
    digest.update(part);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
