package io.lhttp.bench;

import java.util.concurrent.TimeUnit;

/**
 * The durations that one event loop has measured, in nanoseconds, exact to 1 %. Not thread-safe.
 */
public final class Histogram {
  static final long LONGEST = TimeUnit.HOURS.toNanos(1);
  private static final int DIGITS = 2;

  private final org.HdrHistogram.Histogram counts = new org.HdrHistogram.Histogram(LONGEST, DIGITS);

  /** Records a duration; a negative one counts as 0, one of more than an hour as an hour. */
  public void record(long nanos) {
    counts.recordValue(Math.clamp(nanos, 0, LONGEST));
  }

  void add(Histogram other) {
    counts.add(other.counts);
  }

  public long count() {
    return counts.getTotalCount();
  }

  /**
   * Returns the duration that this share of the recorded ones does not exceed; 0 if there are none.
   *
   * @param share from 0 to 1
   */
  public long percentile(double share) {
    return counts.getValueAtPercentile(100 * share);
  }
}
