package io.lhttp.bench.rivals;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Rows of a table in Markdown. */
final class Markdown {
  private Markdown() {}

  /** Returns the head of a table, with the line below it. */
  static String head(List<String> columns) {
    return row(columns) + row(Collections.nCopies(columns.size(), "---"));
  }

  static String row(String... cells) {
    return row(Arrays.asList(cells));
  }

  static String row(List<String> cells) {
    return cells.stream().collect(Collectors.joining(" | ", "| ", " |\n"));
  }

  /** Returns a row of two cells with text and empty ones up to this number. */
  static String note(int columns, String first, String second) {
    return "| %s | %s |%s%n".formatted(first, second, " |".repeat(columns - 2));
  }

  /** Returns microseconds as milliseconds with about three digits. */
  static String millis(double micros) {
    var millis = micros / 1_000;
    var format = millis < 1 ? "%.2f" : millis < 100 ? "%.1f" : "%,.0f";
    return String.format(Locale.ROOT, format, millis);
  }
}
