package io.lhttp.scripts;

import java.util.List;
import java.util.regex.Pattern;

/**
 * A file of the application's folder, as it was read.
 *
 * @param name from the folder, with slashes: {@code filters/no-shouting.js}
 */
record SourceFile(String name, String text) {
  /** A string that could be a relative import; one that is none does no harm. */
  private static final Pattern RELATIVE =
      Pattern.compile("([\"'])(\\.{1,2}/[^\"'\\n\\\\]{1,500})\\1");

  /** What it may import, as it stands there. */
  List<String> imports() {
    return RELATIVE.matcher(text).results().map(found -> found.group(2)).distinct().toList();
  }

  /** Line {@code number}, from 1; empty where there is none. */
  String line(int number) {
    return text.lines().skip(number - 1L).findFirst().orElse("");
  }
}
