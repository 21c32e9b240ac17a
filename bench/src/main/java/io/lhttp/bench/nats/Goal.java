package io.lhttp.bench.nats;

import java.util.Locale;

/**
 * A row of the table.
 *
 * @param measured the result with its unit, as text
 */
record Goal(String figure, String goal, String measured, boolean reached) {
  static String head() {
    return row("figure", "goal", "measured", "");
  }

  /** Returns the goal that a figure is at least this many times another one. */
  static Goal atLeast(String figure, double least, double ratio, String of) {
    return new Goal(
        figure,
        String.format(Locale.ROOT, "≥ %.2f", least),
        String.format(Locale.ROOT, "%.2f (%s)", ratio, of),
        ratio >= least);
  }

  /** Returns the goal that a figure is at most this many times another one. */
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
