package io.lhttp.chain;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How long something took, so many times: a histogram. Eight buckets per power of two keep a
 * quantile within 6 % of the truth. Immutable.
 */
public final class Latency {
  /** Nothing was measured. */
  public static final Latency NONE = new Latency(new long[Latency.BUCKETS], 0);

  /** 64 ns: below this all is one bucket. */
  private static final int LEAST = 6;

  /** 2^37 ns, 137 s: what takes longer counts as this. */
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

  /** What stands in these arrays: the sum at {@code offset}, the buckets behind it. */
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

  /** How many times. Event loops measure some messages only, and count each for many. */
  public long count() {
    return count;
  }

  public long sumNanos() {
    return sum;
  }

  /**
   * So many nanoseconds or less it took in this share of all times; 0 where nothing was measured.
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

  /** How many times it took less than this; exact for powers of two. */
  public long below(long nanos) {
    var below = 0L;
    for (var i = 0; i < BUCKETS && floor(i + 1) <= nanos; i++) {
      below += counts[i];
    }
    return below;
  }

  /** What has come since an earlier look at the same thing. */
  public Latency since(Latency earlier) {
    var more = new long[BUCKETS];
    for (var i = 0; i < BUCKETS; i++) {
      more[i] = Math.max(0, counts[i] - earlier.counts[i]);
    }
    return new Latency(more, Math.max(0, sum - earlier.sum));
  }

  /** The bucket of a time. */
  public static int bucket(long nanos) {
    if (nanos < 1L << LEAST) {
      return 0;
    }
    var power = Math.min(63 - Long.numberOfLeadingZeros(nanos), MOST - 1);
    var part = power == MOST - 1 && nanos >= 1L << MOST ? 7 : (int) (nanos >>> (power - SPLIT)) & 7;
    return 1 + ((power - LEAST) << SPLIT) + part;
  }

  /** The least time that a bucket takes. */
  private static long floor(int bucket) {
    if (bucket == 0) {
      return 0;
    }
    var power = ((bucket - 1) >> SPLIT) + LEAST;
    var part = (bucket - 1) & 7;
    return (8L + part) << (power - SPLIT);
  }
}
