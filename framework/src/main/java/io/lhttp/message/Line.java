package io.lhttp.message;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * A header line to write, as it stands in {@code bytes}.
 *
 * @param start where its name begins
 * @param colon where its colon stands
 * @param end where it ends, its CRLF included
 */
@SuppressWarnings("ArrayRecordComponent") // lines are never compared
record Line(byte[] bytes, int start, int colon, int end) {
  static Line of(String name, String value) {
    requireToken(name);
    var line = (name + ":" + requireValue(name, value.strip()) + "\r\n").getBytes(UTF_8);
    return new Line(line, 0, name.length(), line.length);
  }

  boolean named(String... names) {
    for (var name : names) {
      if (Syntax.equalsIgnoreCase(bytes, start, colon, name)) {
        return true;
      }
    }
    return false;
  }

  int length() {
    return end - start;
  }

  private static void requireToken(String name) {
    var ok = !name.isEmpty() && name.length() <= Syntax.MAX_NAME;
    for (var i = 0; ok && i < name.length(); i++) {
      ok = name.charAt(i) < 128 && Syntax.inName((byte) name.charAt(i));
    }
    if (!ok) {
      throw new IllegalArgumentException(
          "a header's name is a token of 1 to 128 bytes, this is not: '%s'".formatted(name));
    }
  }

  private static String requireValue(String name, String value) {
    for (var i = 0; i < value.length(); i++) {
      var c = value.charAt(i);
      if ((c < 0x20 && c != '\t') || c == 0x7f) {
        throw new IllegalArgumentException(
            "the value of header '%s' has the control character 0x%02x at %d"
                .formatted(name, (int) c, i));
      }
    }
    return value;
  }
}
