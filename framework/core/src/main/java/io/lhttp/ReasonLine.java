package io.lhttp;

/**
 * The reason of a refusal as the client gets it: one line of at most 1 KiB. Control characters are
 * escaped, and a longer text ends with an ellipsis.
 */
final class ReasonLine {
  static final int MAX_BYTES = 1024;

  private static final String ELLIPSIS = "…";
  private static final int ELLIPSIS_BYTES = 3;
  private static final int BYTES_OF_A_CHAR = 3;

  private ReasonLine() {}

  static String of(String text) {
    if (text.length() * (long) BYTES_OF_A_CHAR <= MAX_BYTES && clean(text)) {
      return text;
    }
    var line = new StringBuilder(Math.min(text.length() + 16, MAX_BYTES));
    var bytes = 0;
    var room = 0; // where the line ends if it has to be cut
    for (var i = 0; i < text.length(); ) {
      var c = text.codePointAt(i);
      i += Character.charCount(c);
      var before = line.length();
      append(line, c);
      bytes += Character.isISOControl(c) ? line.length() - before : bytes(c);
      if (bytes > MAX_BYTES) {
        line.setLength(room);
        return line.append(ELLIPSIS).toString();
      }
      if (bytes <= MAX_BYTES - ELLIPSIS_BYTES) {
        room = line.length();
      }
    }
    return line.toString();
  }

  private static boolean clean(String text) {
    for (var i = 0; i < text.length(); i++) {
      if (Character.isISOControl(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private static void append(StringBuilder line, int c) {
    switch (c) {
      case '\r' -> line.append("\\r");
      case '\n' -> line.append("\\n");
      case '\t' -> line.append("\\t");
      default -> {
        if (Character.isISOControl(c)) {
          line.append("\\u%04x".formatted(c));
        } else {
          line.appendCodePoint(c);
        }
      }
    }
  }

  /** The length of a code point in UTF-8. */
  private static int bytes(int c) {
    return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  }
}
