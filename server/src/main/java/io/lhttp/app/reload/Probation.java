package io.lhttp.app.reload;

import io.lhttp.pipeline.Tally;
import java.time.Duration;

/**
 * The time in which a new generation has to show that it is no worse than the one before.
 * Immutable; the clock is the caller's.
 *
 * @param generation on probation
 * @param before how messages ended lately, before the swap
 * @param since when it took over, in nanoseconds
 */
public record Probation(int generation, Tally before, long since, Duration time) {
  /** Fewer failures than these are no evidence. */
  private static final long EVIDENCE = 10;

  /** A rate of failures jumps if it is over so many times the one before … */
  private static final double TIMES = 2;

  /** … and by more than this share of all messages. */
  private static final double MARGIN = 0.01;

  /** What is to be done with the generation. */
  public enum Verdict {
    WAIT,
    KEEP,
    TAKE_BACK
  }

  /**
   * Looks at what has become of the generation's messages until now.
   *
   * @param nanos on the same clock as {@code since}
   */
  public Verdict look(long nanos, Tally now) {
    if (now.failed() >= EVIDENCE && now.rate() > TIMES * before.rate() + MARGIN) {
      return Verdict.TAKE_BACK;
    }
    return nanos - since >= time.toNanos() ? Verdict.KEEP : Verdict.WAIT;
  }
}
