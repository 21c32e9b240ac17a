package io.lhttp.filters.ratelimit;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The share that one address may take of the bucket that newcomers share: a sixteenth. The buckets
 * stand in a table of fixed size, each address at two places that are hashed with a secret, and a
 * token of either is enough: no flood of addresses makes it grow, and an innocent one suffers only
 * from sharing both. Safe for all threads.
 */
final class Shares {
  static final int ADDRESSES = 16;

  /** Per row; two rows of them take 64 KiB. */
  private static final int PLACES = 1 << 12;

  private final long each;
  private final int most;
  private final long secret = ThreadLocalRandom.current().nextLong();

  /** When each bucket is full again, as {@link Bucket} has it. */
  private final AtomicLongArray first = new AtomicLongArray(PLACES);

  private final AtomicLongArray second = new AtomicLongArray(PLACES);

  /**
   * @param whole what all newcomers have together
   */
  Shares(Rate whole) {
    this.most = Math.max(1, whole.count() / ADDRESSES);
    this.each = Math.max(1, whole.time().toNanos() / most);
  }

  /**
   * Takes a token of this address's.
   *
   * @return 0, or how long it takes until there is one, in nanoseconds
   */
  long take(Object address, long now) {
    var hash = mix(address.hashCode() * 0x9E3779B97F4A7C15L ^ secret);
    var a = take(first, (int) hash & (PLACES - 1), now);
    var b = take(second, (int) (hash >>> 32) & (PLACES - 1), now);
    return Math.min(a, b);
  }

  private long take(AtomicLongArray row, int place, long now) {
    while (true) {
      var full = row.get(place);
      var from = Math.max(full, now);
      var wait = from - now - (most - 1) * each;
      if (wait > 0) {
        return wait;
      }
      if (row.compareAndSet(place, full, from + each)) {
        return 0;
      }
    }
  }

  /** Spreads every bit over all of them (Stafford's variant 13, as SplittableRandom's). */
  private static long mix(long z) {
    var y = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    var x = (y ^ (y >>> 27)) * 0x94D049BB133111EBL;
    return x ^ (x >>> 31);
  }
}
