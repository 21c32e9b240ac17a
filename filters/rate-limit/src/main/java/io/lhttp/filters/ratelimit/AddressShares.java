package io.lhttp.filters.ratelimit;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Limits each address to a sixteenth of the bucket that new keys share. All threads may use it.
 *
 * <p>Each address has token buckets in a table of fixed size, so that a flood of addresses does not
 * enlarge it. There are two for each address, at indexes hashed with a secret, and a token of
 * either is enough. So another address takes its tokens only if it shares both.
 */
final class AddressShares {
  static final int ADDRESSES = 16;

  /** The number of buckets per row; two rows take 64 KiB. */
  private static final int PLACES = 1 << 12;

  private final long each;
  private final int most;
  private final long secret = ThreadLocalRandom.current().nextLong();

  /** For each bucket of the first row the time at which it will be full, as in {@link Bucket}. */
  private final AtomicLongArray first = new AtomicLongArray(PLACES);

  private final AtomicLongArray second = new AtomicLongArray(PLACES);

  /**
   * @param whole the rate of all new keys together
   */
  AddressShares(Rate whole) {
    this.most = Math.max(1, whole.count() / ADDRESSES);
    this.each = Math.max(1, whole.time().toNanos() / most);
  }

  /**
   * Takes a token of this address.
   *
   * @return 0, or the nanoseconds until a token is available
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

  /**
   * Mixes the bits of a number: each bit of the input changes about half of the result's bits
   * (Stafford's variant 13, as in SplittableRandom).
   */
  private static long mix(long z) {
    var y = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    var x = (y ^ (y >>> 27)) * 0x94D049BB133111EBL;
    return x ^ (x >>> 31);
  }
}
