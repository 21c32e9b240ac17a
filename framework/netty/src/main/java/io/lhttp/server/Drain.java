package io.lhttp.server;

import io.lhttp.CloseStatus;
import io.lhttp.Outcome;
import java.time.Duration;
import java.util.Locale;

/**
 * How a server empties itself.
 *
 * @param deadline what is still open after this time is cut off
 * @param perSecond connections closed per second, in groups of a tenth of that
 * @param retryAfter how long clients shall wait before they come back; each is told a time of its
 *     own between this and twice this; at most a day
 */
public record Drain(Duration deadline, int perSecond, Duration retryAfter) {
  /** 1,000 connections per second, 30 seconds in all, back after 1 to 2 seconds. */
  public static final Drain DEFAULT =
      new Drain(Duration.ofSeconds(30), 1_000, Duration.ofSeconds(1));

  /** How often a group is closed. */
  public static final Duration PACE = Duration.ofMillis(100);

  /** Its multiples, modulo 1, divide what is left of the unit interval most evenly. */
  private static final double GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

  public Drain {
    if (deadline.isNegative() || perSecond < 1 || retryAfter.isNegative()) {
      throw new IllegalArgumentException(
          "a drain needs a deadline, a rate and a pause that are not negative: %s, %d/s, %s"
              .formatted(deadline, perSecond, retryAfter));
    }
    if (retryAfter.compareTo(Outcome.Refused.LONGEST_PAUSE) > 0) {
      throw new IllegalArgumentException(
          "a drain's clients come back after a day at most, not after " + retryAfter);
    }
  }

  /** How many connections may have been told to go, so long after the beginning; at least one. */
  public int due(Duration elapsed) {
    var groups = elapsed.dividedBy(PACE) + 1;
    return Math.clamp(groups * perSecond * PACE.toMillis() / 1_000, 1, Integer.MAX_VALUE);
  }

  /**
   * Where the times of the first, second, … connection lie between nothing and all, 0 and 1. As
   * even as can be, however many there are: random ones would come back in heaps, and faster than
   * the rate at which they were closed.
   */
  public static double share(int index) {
    return index * GOLDEN_RATIO % 1;
  }

  /** The close of one connection; {@code share} lies between 0 and 1. */
  public CloseStatus code(double share) {
    var seconds = retryAfter.toMillis() * (1 + share) / 1000;
    return CloseStatus.GOING_AWAY.because(
        String.format(Locale.ROOT, "draining; retry-after=%.1f", seconds));
  }
}
