package io.lhttp.scripts.text;

/** What values of scripts count, in bytes. */
public final class Sizes {
  private static final int PLAIN = 16;

  private Sizes() {}

  /** A string's or a JSON text's length in UTF-8; 16 for a number or a boolean. */
  public static long of(Object value) {
    return switch (value) {
      case String text -> utf8(text);
      case JsonText json -> utf8(json.text());
      default -> PLAIN;
    };
  }

  /** How long a text is in UTF-8; half of a surrogate pair counts as what stands for it, '?'. */
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
        bytes++; // four bytes for two characters
        i++;
      } else if (Character.isSurrogate(c)) {
        bytes--;
      }
    }
    return bytes;
  }
}
