package io.lhttp.app.secrets;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads the text of a secret from a file: one line, whose end is not part of the secret. */
final class SecretText {
  /** The longest content in bytes. */
  static final int MOST_BYTES = 64 * 1024;

  private SecretText() {}

  /** Thrown if a file exists, but holds no secret. The reason does not show the content. */
  static final class Unusable extends Exception {
    private static final long serialVersionUID = 1;

    private final String reason;

    Unusable(String reason) {
      super(reason);
      this.reason = reason;
    }

    /** The reason; completes the sentence that begins with the file. */
    String reason() {
      return reason;
    }
  }

  /** Returns the secret. Follows links, and refuses a file that is not regular. */
  static String read(Path file) throws IOException, Unusable {
    if (Files.isDirectory(file)) {
      throw new Unusable("it is a folder, expected a file");
    }
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new Unusable("it is no regular file");
    }
    byte[] bytes;
    try (var in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MOST_BYTES + 1);
    }
    if (bytes.length > MOST_BYTES) {
      throw new Unusable("it has more than 64 KiB; expected one line with the secret");
    }
    String text;
    try {
      text = UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException _) {
      throw new Unusable("it is not UTF-8; write the secret as text, such as in Base64");
    }
    var line = line(text);
    if (line.isBlank()) {
      throw new Unusable("it is empty");
    }
    if (line.lines().count() > 1) {
      throw new Unusable(
          "it has %d lines, expected one; a second secret has a file of its own"
              .formatted(line.lines().count()));
    }
    if (line.chars().anyMatch(Character::isISOControl)) {
      throw new Unusable("it has control characters; write the secret as text, such as in Base64");
    }
    return line;
  }

  /** Removes a byte-order mark, and the line breaks at the end. */
  private static String line(String text) {
    var begin = text.startsWith("\uFEFF") ? 1 : 0;
    var end = text.length();
    while (end > begin && (text.charAt(end - 1) == '\n' || text.charAt(end - 1) == '\r')) {
      end--;
    }
    return text.substring(begin, end);
  }
}
