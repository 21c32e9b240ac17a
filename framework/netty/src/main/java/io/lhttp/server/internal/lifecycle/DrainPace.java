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

  /** Its multiples, modulo 1, divide the unit interval most evenly. */
  private static final double GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

  /** The number of connections that are to be closed by this time; at least one. */
  int due(Duration elapsed) {
    var groups = elapsed.dividedBy(INTERVAL) + 1;
    return Math.clamp(
        groups * drain.perSecond() * INTERVAL.toMillis() / 1_000, 1, Integer.MAX_VALUE);
  }

  /**
   * The place of a connection's time between 0 and 1, as even as possible for any number of
   * connections. Random times would bring clients back in bursts.
   */
  static double share(int index) {
    return index * GOLDEN_RATIO % 1;
  }

  /** The close status of one connection, for a share between 0 and 1. */
  CloseStatus status(double share) {
    var seconds = drain.retryAfter().toMillis() * (1 + share) / 1000;
    return CloseStatus.GOING_AWAY.because(
        String.format(Locale.ROOT, "draining; retry-after=%.1f", seconds));
  }
}
