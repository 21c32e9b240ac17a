package io.lhttp.filters.ratelimit;

import io.lhttp.filters.cache.BoundedCache;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * One limit's buckets. A key without a bucket has a full one, for a bucket that nobody used until
 * it was full is forgotten. Where one had to be forgotten before that, to make room, the keys that
 * have none draw their first token from a bucket that they share, and begin with an empty one: who
 * is limited gains nothing by a flood of other keys. Of that bucket no address gets more than a
 * share, so that one that makes keys without end leaves the rest to others. Safe for all threads.
 */
final class Buckets {
  /** Below it, forgetting would cost more than keeping. */
  private static final Duration SHORTEST_IDLE = Duration.ofSeconds(1);

  final Limit limit;
  private final long each;
  private final int most;
  private final long newcomersEach;
  private final int newcomersMost;
  private final Duration refill;
  private final BoundedCache<Object, Bucket> byKey;
  private final Bucket newcomers = new Bucket();
  private final Shares shares;

  Buckets(Limit limit, int keys, Rate newcomers, LongSupplier nanos) {
    this.limit = limit;
    this.each = limit.rate().nanosEach();
    this.most = limit.most();
    this.newcomersEach = newcomers.nanosEach();
    this.newcomersMost = newcomers.count();
    var whole = Duration.ofNanos(each).multipliedBy(most);
    this.refill = whole.compareTo(SHORTEST_IDLE) < 0 ? SHORTEST_IDLE : whole;
    this.byKey = new BoundedCache<>(keys, refill, nanos);
    this.shares = new Shares(newcomers);
  }

  /**
   * Takes a token of this key's.
   *
   * @param address where it comes from
   * @return 0, or how long it takes until there is one, in nanoseconds
   */
  long take(Object key, Object address, long now) {
    var known = byKey.get(key);
    if (known.isPresent()) {
      return known.get().take(now, each, most);
    }
    if (!byKey.evictedWithin(refill)) {
      return byKey.get(key, _ -> new Bucket()).take(now, each, most);
    }
    var wait = shares.take(address, now);
    if (wait == 0) {
      wait = newcomers.take(now, newcomersEach, newcomersMost);
    }
    if (wait == 0) {
      byKey.put(key, new Bucket(now + most * each));
    }
    return wait;
  }

  void giveBack(Object key) {
    byKey.get(key).ifPresent(bucket -> bucket.giveBack(each));
  }

  long size() {
    return byKey.size();
  }

  long evictions() {
    return byKey.evictions();
  }
}
