package io.lhttp.filters.upstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import okio.ByteString;

/** Makes others' text safe for the log: it forges no line, ends no quotation, and is short. */
final class LogText {
  private LogText() {}

  /** Returns at most {@code most} characters of the text, escaped. */
  static String of(String text, int most) {
    var safe = new StringBuilder();
    for (var i = 0; i < text.length(); ) {
      if (i >= most) {
        return safe.append('…').toString();
      }
      var c = text.codePointAt(i);
      i += Character.charCount(c);
      if (c == '"' || c == '\\') {
        safe.append('\\').appendCodePoint(c);
      } else if (plain(c)) {
        safe.appendCodePoint(c);
      } else {
        safe.append("\\u").append(String.format("%04x", c));
      }
    }
    return safe.toString();
  }

  /** Returns the first line of a body, as far as it fits. */
  static String firstLine(ByteString body, int most) {
    // four bytes are the longest character of UTF-8
    var text = body.substring(0, Math.min(body.size(), 4 * most)).string(UTF_8).stripLeading();
    var end = 0;
    while (end < text.length() && text.charAt(end) != '\n' && text.charAt(end) != '\r') {
      end++;
    }
    return of(text.substring(0, end), most);
  }

  private static boolean plain(int c) {
    var type = Character.getType(c);
    return !Character.isISOControl(c)
        && type != Character.FORMAT
        && type != Character.LINE_SEPARATOR
        && type != Character.PARAGRAPH_SEPARATOR
        && type != Character.SURROGATE;
  }
}
