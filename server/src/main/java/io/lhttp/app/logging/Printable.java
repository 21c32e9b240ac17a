package io.lhttp.app.logging;

/** Makes any text safe for a terminal, and for a log with one event per line. */
public final class Printable {
  private Printable() {}

  /**
   * Returns the text with escapes for control characters, line and paragraph separators, marks that
   * change the writing direction, and halves of surrogate pairs.
   *
   * @param limit the most characters; a longer text is cut, and its length is shown
   */
  public static String of(String text, int limit) {
    var shown = Math.min(text.length(), limit);
    var plain = true;
    for (var i = 0; plain && i < shown; i++) {
      plain = text.charAt(i) >= ' ' && text.charAt(i) < 0x7f;
    }
    if (plain && shown == text.length()) {
      return text;
    }
    var to = new StringBuilder(shown + 16);
    for (var i = 0; i < shown; ) {
      var c = text.codePointAt(i);
      i += Character.charCount(c);
      append(to, c);
    }
    if (shown < text.length()) {
      to.append("… (").append(text.length() - shown).append(" more)");
    }
    return to.toString();
  }

  private static void append(StringBuilder to, int c) {
    switch (c) {
      case '\n' -> to.append("\\n");
      case '\r' -> to.append("\\r");
      case '\t' -> to.append("\\t");
      default -> {
        switch (Character.getType(c)) {
          case Character.CONTROL,
              Character.FORMAT,
              Character.LINE_SEPARATOR,
              Character.PARAGRAPH_SEPARATOR,
              Character.PRIVATE_USE,
              Character.SURROGATE,
              Character.UNASSIGNED ->
              to.append("\\u{").append(Integer.toHexString(c)).append('}');
          default -> to.appendCodePoint(c);
        }
      }
    }
  }
}
