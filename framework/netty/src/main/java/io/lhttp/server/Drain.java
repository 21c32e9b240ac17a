package io.lhttp.server;

import io.lhttp.Outcome;
import java.time.Duration;

/**
 * The pace at which a server closes its connections before it stops.
 *
 * @param deadline the server cuts connections that are still open after this time
 * @param perSecond the number of connections closed per second; each tenth of a second the server
 *     closes a tenth of them
 * @param retryAfter the shortest pause before a client reconnects. Each client is told a time of
 *     its own between this and twice this, at most a day
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
