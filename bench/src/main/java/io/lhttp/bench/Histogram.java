package io.lhttp.bench;

/**
 * Counts of durations in nanoseconds, exact to 3 %: 32 steps for every power of two. Not
 * thread-safe.
 */
public final class Histogram {
  private static final int STEP_BITS = 5;
  private static final int STEPS = 1 << STEP_BITS;

  private final long[] counts = new long[(Long.SIZE - STEP_BITS) * STEPS];
  private long count;

  public void record(long nanos) {
    counts[slot(Math.max(0, nanos))]++;
    count++;
  }

  void add(Histogram other) {
    for (var i = 0; i < counts.length; i++) {
      counts[i] += other.counts[i];
    }
    count += other.count;
  }

  public long count() {
    return count;
  }

  /**
   * The duration that so many of the recorded ones do not exceed, 0 where there are none.
   *
   * @param share 0 to 1
   */
  public long percentile(double share) {
    var wanted = Math.max(1, (long) Math.ceil(share * count));
    var seen = 0L;
    for (var i = 0; i < counts.length; i++) {
      seen += counts[i];
      if (seen >= wanted) {
        return ceiling(i);
      }
    }
    return 0;
  }

  private static int slot(long nanos) {
    if (nanos < STEPS) {
      return (int) nanos;
    }
    var shift = Long.SIZE - STEP_BITS - 1 - Long.numberOfLeadingZeros(nanos);
    return (shift << STEP_BITS) + (int) (nanos >>> shift);
  }

  /** The largest duration that falls into a slot. */
  private static long ceiling(int slot) {
    if (slot < 2 * STEPS) {
      return slot;
    }
    var shift = (slot >>> STEP_BITS) - 1;
    return ((STEPS + (slot & (STEPS - 1)) + 1L) << shift) - 1;
  }
}
