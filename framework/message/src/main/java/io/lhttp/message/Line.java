package io.lhttp.message;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * One encoded header line within {@code bytes}.
 *
 * @param start the index at which its name begins
 * @param colon the index of its colon
 * @param end the index after its CRLF
 */
@SuppressWarnings("ArrayRecordComponent") // code never compares lines
record Line(byte[] bytes, int start, int colon, int end) {
  /** Encodes a line, without the spaces and tabs around the value. */
  static Line of(String name, String value) {
    Syntax.requireName(name);
    Syntax.requireValue(name, value);
    var from = 0;
    var to = value.length();
    while (from < to && Syntax.blank(value.charAt(from))) {
      from++;
    }
    while (to > from && Syntax.blank(value.charAt(to - 1))) {
      to--;
    }
    var colon = name.length();
    var bytes = new byte[colon + 1 + to - from + Syntax.CRLF.length];
    for (var i = 0; i < colon; i++) {
      bytes[i] = (byte) name.charAt(i); // names are ASCII
    }
    var at = colon;
    bytes[at++] = ':';
    for (var i = from; i < to; i++) {
      var c = value.charAt(i);
      if (c > 0x7f) {
        return encoded(name, value.substring(from, to));
      }
      bytes[at++] = (byte) c;
    }
    bytes[at] = '\r';
    bytes[at + 1] = '\n';
    return new Line(bytes, 0, colon, bytes.length);
  }

  private static Line encoded(String name, String value) {
    var bytes = (name + ":" + value + "\r\n").getBytes(UTF_8);
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
}
