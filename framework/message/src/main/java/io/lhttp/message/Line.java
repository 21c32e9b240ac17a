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
  /** Spaces and tabs around the value are dropped. */
  static Line of(String name, String value) {
    Syntax.requireName(name);
    Syntax.requireValue(name, value);
    var bytes = (name + ":" + trim(value) + "\r\n").getBytes(UTF_8);
    return new Line(bytes, 0, name.length(), bytes.length);
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

  private static String trim(String value) {
    var from = 0;
    var to = value.length();
    while (from < to && Syntax.blank(value.charAt(from))) {
      from++;
    }
    while (to > from && Syntax.blank(value.charAt(to - 1))) {
      to--;
    }
    return value.substring(from, to);
  }
}
