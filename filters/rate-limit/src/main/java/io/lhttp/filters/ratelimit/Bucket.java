package io.lhttp.filters.ratelimit;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A token bucket, stored as one number: the time at which it will be full (the generic cell rate
 * algorithm, ITU-T I.371). {@link Buckets} owns it; all threads may use it.
 *
 * <p>Times are nanoseconds since the filter was created.
 */
final class Bucket {
  private final AtomicLong full;

  /** Creates a full bucket. */
  Bucket() {
    this(0);
  }

  /** Creates a bucket that will be full at this time. */
  Bucket(long full) {
    this.full = new AtomicLong(full);
  }

  /**
   * Takes a token.
   *
   * @param each the time in nanoseconds in which the bucket gains one token
   * @param most the most tokens in the bucket
   * @return 0, or the nanoseconds until a token is available
   */
  long take(long now, long each, long most) {
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

  /** Puts back a token that the message did not use. */
  void giveBack(long each) {
    full.addAndGet(-each);
  }
}
