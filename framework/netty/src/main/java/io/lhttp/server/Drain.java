package io.lhttp.server;

import io.lhttp.CloseStatus;
import io.lhttp.Outcome;
import java.time.Duration;
import java.util.Locale;

/**
 * The pace at which a server closes its connections before it stops.
 *
 * @param deadline connections that are open after this time are cut
 * @param perSecond connections closed per second, in groups of a tenth of that
 * @param retryAfter the pause before clients reconnect. Each client gets a time of its own between
 *     this and twice this, at most a day
 */
public record Drain(Duration deadline, int perSecond, Duration retryAfter) {
  /** 1,000 connections per second, 30 seconds in all; clients reconnect after 1 to 2 seconds. */
  public static final Drain DEFAULT =
      new Drain(Duration.ofSeconds(30), 1_000, Duration.ofSeconds(1));

  /** The time between two groups. */
  public static final Duration PACE = Duration.ofMillis(100);

  /** Its multiples, modulo 1, divide the unit interval most evenly. */
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

  /** The number of connections that are to be closed by this time; at least one. */
  public int due(Duration elapsed) {
    var groups = elapsed.dividedBy(PACE) + 1;
    return Math.clamp(groups * perSecond * PACE.toMillis() / 1_000, 1, Integer.MAX_VALUE);
  }

  /**
   * The place of a connection's time between 0 and 1, as even as possible for any number of
   * connections. Random times would bring clients back in bursts.
   */
  public static double share(int index) {
    return index * GOLDEN_RATIO % 1;
  }

  /** The close status of one connection, for a share between 0 and 1. */
  public CloseStatus code(double share) {
    var seconds = retryAfter.toMillis() * (1 + share) / 1000;
    return CloseStatus.GOING_AWAY.because(
        String.format(Locale.ROOT, "draining; retry-after=%.1f", seconds));
  }
}
