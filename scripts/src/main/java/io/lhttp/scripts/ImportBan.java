package io.lhttp.scripts;

import java.util.List;
import java.util.regex.Pattern;

/**
 * Refuses imports of what is no file. The engine takes {@code data:} URLs for modules, whose text a
 * script could make while it runs: that would be {@code eval}. No option turns it off, so what is
 * imported has to be written out, and as it is. A comment that looks like such an import is refused
 * as well; none gets by.
 */
final class ImportBan {
  /** What may stand between two tokens. */
  private static final String GAP =
      "(?:[\\s\\u00a0\\ufeff\\u2028\\u2029\\p{Zs}]"
          + "|/\\*[\\s\\S]*?\\*/"
          + "|//[^\\n\\r\\u2028\\u2029]*+)*+";

  /** A string of one line, without an escape, that is no {@code data:} URL. */
  private static final String WRITTEN_OUT =
      "(?:\"(?!data:)[^\"\\\\\\n\\r]*+\"|'(?!data:)[^'\\\\\\n\\r]*+')";

  private static final Pattern DYNAMIC =
      Pattern.compile(
          "import%1$s(?:\\.%1$s\\w++%1$s)?\\((?!%1$s%2$s%1$s[,)])".formatted(GAP, WRITTEN_OUT));

  /** {@code data:}, or an escape that could be a part of it. */
  private static final Pattern STATIC =
      Pattern.compile("(?:import|from)%s[\"'](?:data:|(?:d|da|dat|data)?\\\\)".formatted(GAP));

  private ImportBan() {}

  /**
   * @throws ScriptException where a file has such an import
   */
  static void check(SourceFile file) {
    for (var pattern : List.of(DYNAMIC, STATIC)) {
      var found = pattern.matcher(file.text());
      if (found.find()) {
        var before = file.text().substring(0, found.start());
        var line = (int) before.chars().filter(c -> c == '\n').count() + 1;
        throw new ScriptException(
            file.name(),
            line,
            found.start() - before.lastIndexOf('\n'),
            "only files are imported, and by a name that is written out, such as './words.js'",
            file.line(line),
            List.of(),
            null);
      }
    }
  }
}
