package io.lhttp.filters.ratelimit;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A token bucket, kept as one number: the time at which it is full (the generic cell rate
 * algorithm, ITU-T I.371). All threads may use it.
 *
 * <p>Times are nanoseconds since the filter was created.
 */
final class Bucket {
  private final AtomicLong full;

  /** A full one. */
  Bucket() {
    this(0);
  }

  /** One that is full at that moment. */
  Bucket(long full) {
    this.full = new AtomicLong(full);
  }

  /**
   * Takes a token.
   *
   * @param each the time in which a token comes back
   * @param most how many the bucket holds
   * @return 0, or how long it takes until there is one
   */
  long take(long now, long each, int most) {
    while (true) {
      var before = full.get();
      var from = Math.max(before, now);
      var wait = from - now - (most - 1) * each;
      if (wait > 0) {
        return wait;
      }
      if (full.compareAndSet(before, from + each)) {
        return 0;
      }
    }
  }

  /** Puts a token back that was taken in vain. */
  void giveBack(long each) {
    full.addAndGet(-each);
  }
}
