package io.lhttp.filters.ratelimit;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A number of messages per time.
 *
 * @param count 1 to 1,000,000,000
 */
public record Rate(int count, Duration time) {
  private static final Pattern WRITTEN = Pattern.compile("(\\d{1,10}) ?/ ?(\\d{0,6})([smhd])");
  private static final int MOST = 1_000_000_000;

  private static final Map<String, Duration> UNITS =
      Map.of(
          "s", Duration.ofSeconds(1),
          "m", Duration.ofMinutes(1),
          "h", Duration.ofHours(1),
          "d", Duration.ofDays(1));

  public Rate {
    if (count < 1 || count > MOST || !time.isPositive()) {
      throw new IllegalArgumentException("a rate is 1 to 1000000000 in some time: " + count);
    }
  }

  /**
   * Parses {@code 100/s}, {@code 5/m} or {@code 1000/10s}.
   *
   * @throws IllegalArgumentException with a text that says what was expected
   */
  public static Rate parse(String text) {
    var matcher = WRITTEN.matcher(text);
    var unit = matcher.matches() ? UNITS.get(matcher.group(3)) : null;
    var units = unit == null || matcher.group(2).isEmpty() ? 1 : Integer.parseInt(matcher.group(2));
    var count = unit == null ? 0 : Long.parseLong(matcher.group(1));
    if (unit == null || units < 1 || count < 1 || count > MOST) {
      throw new IllegalArgumentException("a rate such as 100/s, 5/m or 1000/10s");
    }
    return new Rate((int) count, unit.multipliedBy(units));
  }

  /** Returns the rate as users write it: {@code 100/s}. */
  @Override
  public String toString() {
    return UNITS.entrySet().stream()
        .filter(unit -> unit.getValue().equals(time))
        .findFirst()
        .map(unit -> count + "/" + unit.getKey())
        .orElseGet(() -> count + "/" + time.toSeconds() + "s");
  }

  /** The nanoseconds in which one message becomes available; at least one. */
  long nanosEach() {
    return Math.max(1, time.toNanos() / count);
  }
}
