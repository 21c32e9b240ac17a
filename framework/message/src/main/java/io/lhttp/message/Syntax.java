package io.lhttp.message;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * The character classes and lengths of the protocol, which reader and writer share. Only ASCII has
 * control characters here; a byte above 0x7f is a part of a longer character.
 */
final class Syntax {
  static final byte[] START = "LHTTP/1.0 ".getBytes(US_ASCII);
  static final byte[] CRLF = {'\r', '\n'};
  static final int MAX_COMMAND = 128;
  static final int MAX_NAME = 128;

  /** Headers that may occur only once. */
  static final String[] SINGLETONS = {"upstream", "multipart", "authorization", "id"};

  private static final String TOKEN_SIGNS = "!#$%&'*+-.^_`|~"; // RFC 9110, section 5.6.2

  private static final byte COMMAND = 1;
  private static final byte NAME = 2;
  private static final byte VALUE = 4;

  /** For each byte, the set of places (command, name, value) that allow the byte, as bits. */
  private static final byte[] PLACES = new byte[256];

  static {
    for (var b = 0; b < PLACES.length; b++) {
      var control = b < ' ' || b == 0x7f;
      var letterOrDigit = b < 128 && Character.isLetterOrDigit(b);
      PLACES[b] |= control || b == ' ' ? 0 : COMMAND;
      PLACES[b] |= letterOrDigit || TOKEN_SIGNS.indexOf(b) >= 0 ? NAME : 0;
      PLACES[b] |= control && b != '\t' ? 0 : VALUE;
    }
  }

  private Syntax() {}

  static boolean inCommand(byte b) {
    return (PLACES[b & 0xff] & COMMAND) != 0;
  }

  static boolean inName(byte b) {
    return (PLACES[b & 0xff] & NAME) != 0;
  }

  static boolean inValue(byte b) {
    return (PLACES[b & 0xff] & VALUE) != 0;
  }

  static boolean blank(int c) {
    return c == ' ' || c == '\t';
  }

  /** Encodes a command; throws if it is malformed. */
  static byte[] command(String command) {
    require(command, COMMAND, "a command has no space and no control character, this one");
    var bytes = command.getBytes(UTF_8);
    if (bytes.length == 0 || bytes.length > MAX_COMMAND) {
      throw new IllegalArgumentException(
          "a command has 1 to %d bytes, this one has %d".formatted(MAX_COMMAND, bytes.length));
    }
    return bytes;
  }

  /** Throws if a header's name is malformed. */
  static void requireName(String name) {
    require(name, NAME, "a header's name is a token, this one");
    if (name.isEmpty() || name.length() > MAX_NAME) {
      throw new IllegalArgumentException(
          "a header's name has 1 to %d bytes, this one has %d".formatted(MAX_NAME, name.length()));
    }
  }

  /** Throws if a header's value is malformed. */
  static void requireValue(String name, String value) {
    require(value, VALUE, "a value has no control character, that of the header " + name);
  }

  private static void require(String text, byte place, String rule) {
    for (var i = 0; i < text.length(); i++) {
      var c = text.charAt(i);
      // a character beyond ASCII is allowed in the places that allow its UTF-8 bytes
      if ((PLACES[Math.min(c, 0x80)] & place) == 0) {
        throw new IllegalArgumentException("%s has U+%04X at %d".formatted(rule, (int) c, i));
      }
    }
  }

  /** Whether the bytes from {@code start} are {@code name}, without regard to ASCII case. */
  static boolean equalsIgnoreCase(byte[] bytes, int start, int end, String name) {
    if (end - start != name.length()) {
      return false;
    }
    for (var i = 0; i < name.length(); i++) {
      if (lower(bytes[start + i]) != lower(name.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private static int lower(int c) {
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
  }
}
