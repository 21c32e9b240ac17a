package io.lhttp.server;

import io.lhttp.Outcome;
import java.time.Duration;

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
}
