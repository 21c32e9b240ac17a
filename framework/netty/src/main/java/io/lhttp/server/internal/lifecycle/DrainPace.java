package io.lhttp.server.internal.lifecycle;

import io.lhttp.CloseStatus;
import io.lhttp.server.Drain;
import java.time.Duration;
import java.util.Locale;

/**
 * The times at which a {@link Drain} closes connections, and at which their clients reconnect.
 *
 * @param drain the server's options
 */
record DrainPace(Drain drain) {
  /** The time between two groups. */
  static final Duration INTERVAL = Duration.ofMillis(100);

  /** The multiples of this number, modulo 1, divide the interval from 0 to 1 most evenly. */
  private static final double GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

  /** The number of connections that have to be closed after this time; at least one. */
  int due(Duration elapsed) {
    var groups = elapsed.dividedBy(INTERVAL) + 1;
    return Math.clamp(
        groups * drain.perSecond() * INTERVAL.toMillis() / 1_000, 1, Integer.MAX_VALUE);
  }

  /**
   * Returns a number between 0 and 1 for the connection with this index. The numbers are evenly
   * spread for any number of connections, so that clients do not reconnect in bursts.
   */
  static double share(int index) {
    return index * GOLDEN_RATIO % 1;
  }

  /**
   * The close status of one connection.
   *
   * @param share where between the shortest and the longest pause its client reconnects, from 0 to
   *     1
   */
  CloseStatus status(double share) {
    var seconds = drain.retryAfter().toMillis() * (1 + share) / 1000;
    return CloseStatus.GOING_AWAY.because(
        String.format(Locale.ROOT, "draining; retry-after=%.1f", seconds));
  }
}
