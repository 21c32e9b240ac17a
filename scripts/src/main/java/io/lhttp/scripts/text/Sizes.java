package io.lhttp.scripts.text;

/** The sizes of scripts' values, in bytes. */
public final class Sizes {
  private static final int PLAIN = 16;

  private Sizes() {}

  /**
   * The length of a string or a JSON text in UTF-8; the length of bytes; 16 for a number or a
   * boolean.
   */
  public static long of(Object value) {
    return switch (value) {
      case String text -> utf8(text);
      case JsonText json -> utf8(json.text());
      case byte[] bytes -> bytes.length;
      default -> PLAIN;
    };
  }

  /** The length of a text in UTF-8; half a surrogate pair counts as its replacement '?'. */
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
        bytes++; // a surrogate pair: four bytes for two characters
        i++;
      } else if (Character.isSurrogate(c)) {
        bytes--;
      }
    }
    return bytes;
  }
}
