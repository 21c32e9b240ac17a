package io.lhttp.scripts.text;

/** Text on one line: control characters are written as escapes. */
public final class Escaped {
  private Escaped() {}

  public static String of(String text) {
    var clean = 0;
    while (clean < text.length() && !Character.isISOControl(text.charAt(clean))) {
      clean++;
    }
    if (clean == text.length()) {
      return text;
    }
    var escaped = new StringBuilder(text.length() + 16).append(text, 0, clean);
    for (var i = clean; i < text.length(); i++) {
      var c = text.charAt(i);
      switch (c) {
        case '\r' -> escaped.append("\\r");
        case '\n' -> escaped.append("\\n");
        case '\t' -> escaped.append("\\t");
        default -> {
          if (Character.isISOControl(c)) {
            escaped.append("\\u%04x".formatted((int) c));
          } else {
            escaped.append(c);
          }
        }
      }
    }
    return escaped.toString();
  }
}
