package io.lhttp.chain;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * An immutable histogram of durations. Eight buckets for each power of two keep a quantile within 6
 * % of the truth.
 */
public final class Latency {
  /** No duration was measured. */
  public static final Latency NONE = new Latency(new long[Latency.BUCKETS], 0);

  /** 2^6 = 64 ns; all shorter durations are in one bucket. */
  private static final int LEAST = 6;

  /** 2^37 ns = 137 s; longer durations count as this. */
  private static final int MOST = 37;

  private static final int SPLIT = 3;
  public static final int BUCKETS = 1 + ((MOST - LEAST) << SPLIT);

  private final long[] counts;
  private final long sum;
  private final long count;

  private Latency(long[] counts, long sum) {
    this.counts = counts;
    this.sum = sum;
    var all = 0L;
    for (var n : counts) {
      all += n;
    }
    this.count = all;
  }

  /**
   * Adds up histograms that were written as arrays.
   *
   * @param cells each array has the sum of the durations at {@code offset}, and the buckets' counts
   *     after it
   */
  public static Latency sumOf(AtomicLongArray[] cells, int offset) {
    var counts = new long[BUCKETS];
    var sum = 0L;
    for (var cell : cells) {
      sum += cell.getOpaque(offset);
      for (var i = 0; i < BUCKETS; i++) {
        counts[i] += cell.getOpaque(offset + 1 + i);
      }
    }
    return new Latency(counts, sum);
  }

  /**
   * The number of durations. Event loops measure only a sample of the messages, and count each
   * measured duration several times.
   */
  public long count() {
    return count;
  }

  public long sumNanos() {
    return sum;
  }

  /**
   * Returns the duration that this share of all durations does not exceed; 0 if none was measured.
   *
   * @param share from 0 to 1: 0.99 for p99
   */
  public long nanos(double share) {
    var rank = Math.max(1, (long) Math.ceil(share * count));
    var seen = 0L;
    for (var i = 0; i < BUCKETS; i++) {
      seen += counts[i];
      if (seen >= rank) {
        return (floor(i) + floor(i + 1)) / 2;
      }
    }
    return 0;
  }

  /** Counts the durations below this one; exact for powers of two. */
  public long below(long nanos) {
    var below = 0L;
    for (var i = 0; i < BUCKETS && floor(i + 1) <= nanos; i++) {
      below += counts[i];
    }
    return below;
  }

  /** Returns the durations that were added after an earlier snapshot of the same histogram. */
  public Latency since(Latency earlier) {
    var more = new long[BUCKETS];
    for (var i = 0; i < BUCKETS; i++) {
      more[i] = Math.max(0, counts[i] - earlier.counts[i]);
    }
    return new Latency(more, Math.max(0, sum - earlier.sum));
  }

  /** The index of the bucket that counts this duration. */
  public static int bucket(long nanos) {
    if (nanos < 1L << LEAST) {
      return 0;
    }
    var power = Math.min(63 - Long.numberOfLeadingZeros(nanos), MOST - 1);
    var part = power == MOST - 1 && nanos >= 1L << MOST ? 7 : (int) (nanos >>> (power - SPLIT)) & 7;
    return 1 + ((power - LEAST) << SPLIT) + part;
  }

  /** The shortest duration of a bucket. */
  private static long floor(int bucket) {
    if (bucket == 0) {
      return 0;
    }
    var power = ((bucket - 1) >> SPLIT) + LEAST;
    var part = (bucket - 1) & 7;
    return (8L + part) << (power - SPLIT);
  }
}
