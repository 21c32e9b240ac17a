package io.lhttp.bench;

import java.util.Arrays;
import java.util.List;

/** The table of a mode: medians of the rounds, and ours beside the floor. */
public record Report(Mode mode, List<Result> results) {
  static final String FLOOR = "floor";
  static final String OURS = "ours";

  @Override
  public String toString() {
    var text = new StringBuilder("%n%s%n".formatted(mode.label()));
    text.append(
        mode == Mode.METRICS
            ? row("", "off", "on", "on/off", "spread off", "spread on")
            : row("", FLOOR, OURS, "ours/floor", "spread floor", "spread ours"));
    for (var figure : Figure.values()) {
      var floor = values(FLOOR, figure);
      var ours = values(OURS, figure);
      if (floor.length + ours.length > 0) {
        text.append(
            row(
                figure.label,
                middle(figure, floor),
                middle(figure, ours),
                ratio(floor, ours),
                spread(figure, floor),
                spread(figure, ours)));
      }
    }
    return text.append(goal()).toString();
  }

  /** Returns the median; for an even number of values the mean of the middle two. */
  public static double median(double[] values) {
    var sorted = values.clone();
    Arrays.sort(sorted);
    var half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  boolean lost() {
    return Arrays.stream(values(FLOOR, Figure.LOST)).sum()
            + Arrays.stream(values(OURS, Figure.LOST)).sum()
        > 0;
  }

  /** Formats the goal. A missed goal is no error, because the machine may be busy. */
  private String goal() {
    return switch (mode) {
      case ECHO -> ofTheFloor(0.8);
      case UPSTREAM ->
          ofTheFloor(0.8)
              + ofTheFloor(0.8, Figure.RATE_WITHOUT_DRIVER, " with the driver elsewhere");
      case FILTERS -> ofTheFloor(0.75);
      case METRICS -> ofTheFloor(0.97);
      case FANOUT_1000 -> ofTheFloor(0.9);
      case IDLE -> atMost(9);
      case FANOUT_100, PUBLISH, DRIPPERS, FORWARD -> "";
    };
  }

  private String ofTheFloor(double least) {
    return ofTheFloor(least, Figure.RATE, "");
  }

  private String ofTheFloor(double least, Figure figure, String where) {
    var floor = values(FLOOR, figure);
    var ours = values(OURS, figure);
    return floor.length == 0 || ours.length == 0
        ? ""
        : verdict(
            "at least %.2f of the %s rate%s"
                .formatted(least, mode == Mode.METRICS ? "quiet server's" : "floor's", where),
            median(ours) / median(floor) >= least);
  }

  private String atMost(double kib) {
    var ours = values(OURS, Figure.PER_CONNECTION);
    return ours.length == 0
        ? ""
        : verdict("at most %.0f KiB per connection".formatted(kib), median(ours) <= kib);
  }

  private static String verdict(String goal, boolean reached) {
    return "goal, %s: %s%n".formatted(goal, reached ? "reached" : "MISSED");
  }

  private double[] values(String server, Figure figure) {
    return results.stream()
        .filter(r -> r.server().equals(server))
        .map(r -> r.figures().get(figure))
        .filter(value -> value != null)
        .mapToDouble(value -> value)
        .toArray();
  }

  private static String ratio(double[] floor, double[] ours) {
    return floor.length == 0 || ours.length == 0 || median(floor) == 0
        ? ""
        : "%.2f".formatted(median(ours) / median(floor));
  }

  private static String middle(Figure figure, double[] values) {
    return values.length == 0 ? "" : figure.format(median(values));
  }

  private static String spread(Figure figure, double[] values) {
    return values.length < 2
        ? ""
        : figure.format(Arrays.stream(values).min().orElseThrow())
            + " – "
            + figure.format(Arrays.stream(values).max().orElseThrow());
  }

  private static String row(String... columns) {
    return "%-36s%12s%12s%12s%24s%24s".formatted((Object[]) columns).stripTrailing()
        + System.lineSeparator();
  }
}
