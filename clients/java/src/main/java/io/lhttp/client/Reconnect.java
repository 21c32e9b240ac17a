package io.lhttp.client;

import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Whether and when a connection is opened again.
 *
 * @param enabled false where no connection is ever opened again
 * @param hasTokens whether a new token can be had
 * @param first the longest pause before the first attempt; it doubles with each further one
 * @param max the longest pause of all
 * @param random used under its client's lock
 */
record Reconnect(
    boolean enabled, boolean hasTokens, Duration first, Duration max, RandomGenerator random) {

  /**
   * The protocol's table of close codes.
   *
   * @param attempt how many attempts have failed before, 0 after a connection that held
   */
  Optional<Duration> after(int code, String reason, int attempt) {
    if (!enabled) {
      return Optional.empty();
    }
    return switch (code) {
      case Closed.NORMAL, Closed.MALFORMED, Closed.TOO_BIG, Closed.FORBIDDEN -> Optional.empty();
      case Closed.UNAUTHENTICATED -> hasTokens ? Optional.of(backoff(attempt)) : Optional.empty();
      case Closed.GOING_AWAY, Closed.RATE_LIMIT ->
          Optional.of(RetryAfter.inReason(reason).orElse(Duration.ZERO).plus(backoff(attempt)));
      default -> Optional.of(backoff(attempt));
    };
  }

  /** Exponential, with full jitter: anything between nothing and the longest pause. */
  Duration backoff(int attempt) {
    var longest = first.multipliedBy(1L << Math.min(attempt, 30));
    var nanos = (longest.compareTo(max) > 0 ? max : longest).toNanos();
    return Duration.ofNanos(random.nextLong(nanos + 1));
  }
}
