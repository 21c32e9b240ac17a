package io.lhttp.message;

import static java.nio.charset.StandardCharsets.US_ASCII;

/**
 * What may stand where: the character classes and lengths of the protocol, shared by reader and
 * writer. Control characters are ASCII's; a byte above 0x7f belongs to a longer character.
 */
final class Syntax {
  static final byte[] START = "LHTTP/1.0 ".getBytes(US_ASCII);
  static final byte[] CRLF = {'\r', '\n'};
  static final int MAX_COMMAND = 128;
  static final int MAX_NAME = 128;

  /** Headers that may stand once. */
  static final String[] SINGLETONS = {"upstream", "multipart", "authorization", "id"};

  private static final String TOKEN_SIGNS = "!#$%&'*+-.^_`|~"; // RFC 9110, section 5.6.2

  private static final byte COMMAND = 1;
  private static final byte NAME = 2;
  private static final byte VALUE = 4;

  /** Where each byte may stand. */
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

  /** Whether the bytes from {@code start} spell {@code name} without regard to ASCII case. */
  static boolean equalsIgnoreCase(byte[] bytes, int start, int end, String name) {
    if (end - start != name.length()) {
      return false;
    }
    for (var i = 0; i < name.length(); i++) {
      var a = bytes[start + i];
      var b = name.charAt(i);
      if (a != b && (lower(a) != lower(b) || a < 0)) {
        return false;
      }
    }
    return true;
  }

  private static int lower(int c) {
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
  }
}
