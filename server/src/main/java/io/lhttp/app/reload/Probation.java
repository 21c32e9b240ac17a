package io.lhttp.app.reload;

import io.lhttp.chain.ClientCounts;
import java.time.Duration;

/**
 * Decides whether a new generation is worse than its predecessor, by the share of the clients for
 * whom a changed link throws. Immutable; the caller provides the time.
 *
 * @param generation the number of the new generation
 * @param before the counts of the same links shortly before the swap
 * @param since the time of the swap, in nanoseconds
 * @param time the length of the probation
 */
public record Probation(int generation, ClientCounts before, long since, Duration time) {
  /** The number of clients with failures that is enough to judge a generation. */
  private static final long MANY = 10;

  /** The number of clients with failures that is enough if they are most of all clients. */
  private static final long FEW = 3;

  /** A new generation is worse if {@code rate > TIMES * earlierRate + MARGIN}. */
  private static final double TIMES = 2;

  private static final double MARGIN = 0.01;

  /** The decision about the generation. */
  public enum Verdict {
    WAIT,
    KEEP,
    TAKE_BACK
  }

  /**
   * Decides by the current counts.
   *
   * @param nanos the current time, on the same clock as {@code since}
   * @param connections the number of open connections
   */
  public Verdict decide(long nanos, ClientCounts now, long connections) {
    if (evidence(now, connections) && now.rate() > TIMES * before.rate() + MARGIN) {
      return Verdict.TAKE_BACK;
    }
    return left(nanos).isPositive() ? Verdict.WAIT : Verdict.KEEP;
  }

  /** The remaining time. */
  public Duration left(long nanos) {
    return time.minusNanos(nanos - since);
  }

  private static boolean evidence(ClientCounts now, long connections) {
    return now.failed() >= MANY
        || (now.failed() >= FEW && 2 * now.failed() > Math.max(now.clients(), connections));
  }
}
