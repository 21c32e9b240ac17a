package io.lhttp.message;

import static java.nio.charset.StandardCharsets.US_ASCII;

/**
 * Which bytes may stand where: the character classes of the protocol, shared by reader and writer.
 */
final class Syntax {
  static final byte[] START = "LHTTP/1.0 ".getBytes(US_ASCII);
  static final int MAX_COMMAND = 128;
  static final int MAX_NAME = 128;

  private static final boolean[] TOKEN = new boolean[128];

  static {
    // RFC 9110, section 5.6.2
    for (var c = 'a'; c <= 'z'; c++) {
      TOKEN[c] = true;
      TOKEN[c - 32] = true;
    }
    for (var c = '0'; c <= '9'; c++) {
      TOKEN[c] = true;
    }
    for (var c : "!#$%&'*+-.^_`|~".toCharArray()) {
      TOKEN[c] = true;
    }
  }

  private Syntax() {}

  static boolean token(byte b) {
    return b >= 0 && TOKEN[b];
  }

  /** A control character of ASCII; bytes of a longer UTF-8 sequence are negative and are none. */
  static boolean control(byte b) {
    return (b >= 0 && b < 0x20) || b == 0x7f;
  }

  static boolean blank(byte b) {
    return b == ' ' || b == '\t';
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
