package io.lhttp.client.internal.protocol;

import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Decides whether and when a connection is opened again, and when a refused message is sent again.
 *
 * @param reconnect false if no connection is ever opened again
 * @param base the longest pause before the first attempt; it doubles with each further one
 * @param max the longest pause before any attempt
 * @param random used with the client's lock held
 */
public record RetryPolicy(boolean reconnect, Duration base, Duration max, RandomGenerator random) {

  /**
   * Decides by the protocol's table of close codes.
   *
   * @param attempt the number of failed attempts in a row; 0 after a connection that was open
   * @return the pause before the next attempt; empty if there is no further attempt
   */
  public Optional<Duration> reconnectIn(int code, String reason, int attempt) {
    if (!reconnect) {
      return Optional.empty();
    }
    return switch (code) {
      case CloseCodes.NORMAL, CloseCodes.MALFORMED, CloseCodes.TOO_BIG, CloseCodes.FORBIDDEN ->
          Optional.empty();
      case CloseCodes.GOING_AWAY, CloseCodes.RATE_LIMIT ->
          Optional.of(pause(RetryAfter.inReason(reason), attempt));
      default -> Optional.of(backoff(attempt));
    };
  }

  /** Returns the pause before a refused message is sent again. */
  public Duration pause(Optional<Duration> retryAfter, int attempt) {
    return retryAfter.orElse(Duration.ZERO).plus(backoff(attempt));
  }

  /** Returns a random pause. Its longest value grows exponentially with the attempts. */
  public Duration backoff(int attempt) {
    var longest = base.multipliedBy(1L << Math.min(attempt, 30));
    var nanos = (longest.compareTo(max) > 0 ? max : longest).toNanos();
    return Duration.ofNanos(random.nextLong(nanos + 1));
  }
}
