package io.lhttp.app.reload;

import io.lhttp.chain.Tally;
import java.time.Duration;

/**
 * The time in which a new generation has to show that it is no worse than the one before: for which
 * share of the clients a link throws that has changed. Immutable; the clock is the caller's.
 *
 * @param generation on probation
 * @param before how the same links did lately, before the swap
 * @param since when it took over, in nanoseconds
 */
public record Probation(int generation, Tally before, long since, Duration time) {
  /** So many clients that met a failure are evidence … */
  private static final long MANY = 10;

  /** … and so many where they are most of all there are. One client is never evidence. */
  private static final long FEW = 3;

  /** The share of clients jumps if it is over so many times the one before … */
  private static final double TIMES = 2;

  /** … and by more than this share of all clients. */
  private static final double MARGIN = 0.01;

  /** What is to be done with the generation. */
  public enum Verdict {
    WAIT,
    KEEP,
    TAKE_BACK
  }

  /**
   * Looks at what has become of the generation's clients until now.
   *
   * @param nanos on the same clock as {@code since}
   * @param connections that are open
   */
  public Verdict look(long nanos, Tally now, long connections) {
    if (evidence(now, connections) && now.rate() > TIMES * before.rate() + MARGIN) {
      return Verdict.TAKE_BACK;
    }
    return left(nanos).isPositive() ? Verdict.WAIT : Verdict.KEEP;
  }

  /** The rest of the time. */
  public Duration left(long nanos) {
    return time.minusNanos(nanos - since);
  }

  private static boolean evidence(Tally now, long connections) {
    return now.failed() >= MANY
        || (now.failed() >= FEW && 2 * now.failed() > Math.max(now.clients(), connections));
  }
}
