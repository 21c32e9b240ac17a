package io.lhttp.bench.nats;

import java.util.Locale;

/**
 * A row of the table.
 *
 * @param measured in words, with its unit
 */
record Goal(String figure, String goal, String measured, boolean reached) {
  static String head() {
    return row("figure", "goal", "measured", "");
  }

  /** So many times the other, and what was compared. */
  static Goal atLeast(String figure, double least, double ratio, String of) {
    return new Goal(
        figure,
        String.format(Locale.ROOT, "≥ %.2f", least),
        String.format(Locale.ROOT, "%.2f (%s)", ratio, of),
        ratio >= least);
  }

  /** See {@link #atLeast}. */
  static Goal atMost(String figure, double most, double ratio, String of) {
    return new Goal(
        figure,
        String.format(Locale.ROOT, "≤ %.2f", most),
        String.format(Locale.ROOT, "%.2f (%s)", ratio, of),
        ratio <= most);
  }

  @Override
  public String toString() {
    return row(figure, goal, measured, reached ? "reached" : "MISSED");
  }

  private static String row(String figure, String goal, String measured, String verdict) {
    return String.format(Locale.ROOT, "%-28s%-12s%-64s%s", figure, goal, measured, verdict)
        .stripTrailing();
  }
}
