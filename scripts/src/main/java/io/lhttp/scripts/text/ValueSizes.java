package io.lhttp.scripts.text;

/** Measures the sizes of scripts' values, in bytes. */
public final class ValueSizes {
  private static final int PLAIN = 16;

  private ValueSizes() {}

  /**
   * Returns the length of a string or a JSON text in UTF-8, the length of bytes, or 16 for a number
   * or a boolean.
   */
  public static long of(Object value) {
    return switch (value) {
      case String text -> utf8(text);
      case JsonText json -> utf8(json.text());
      case byte[] bytes -> bytes.length;
      default -> PLAIN;
    };
  }

  /**
   * Returns the length of a text in UTF-8. Half a surrogate pair counts as the question mark that
   * replaces it.
   */
  public static long utf8(String text) {
    var length = text.length();
    var bytes = (long) length;
    for (var i = 0; i < length; i++) {
      var c = text.charAt(i);
      if (c < 0x80) {
        continue;
      }
      bytes++;
      if (c >= 0x800 && !Character.isSurrogate(c)) {
        bytes++;
      } else if (Character.isHighSurrogate(c)
          && i + 1 < length
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        bytes++; // the two characters of a surrogate pair take four bytes together
        i++;
      } else if (Character.isSurrogate(c)) {
        bytes--;
      }
    }
    return bytes;
  }
}
