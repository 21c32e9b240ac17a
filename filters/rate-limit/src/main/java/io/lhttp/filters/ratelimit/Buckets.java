package io.lhttp.filters.ratelimit;

import io.lhttp.ClientKey;
import io.lhttp.internal.cache.BoundedCache;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * The token buckets of one limit, by key; the filter owns it. All threads may use it. A key without
 * a bucket counts as one with a full bucket, because normally a bucket is removed only when it is
 * full again.
 *
 * <p>If the cache had to evict a bucket early, a key without a bucket draws its first token from a
 * bucket that all such keys share, and gets an empty bucket of its own. Hence a flood of new keys
 * gains no tokens.
 *
 * <p>Each address gets at most a share of the shared bucket.
 */
final class Buckets {
  /**
   * The shortest time after which an idle bucket is removed. With a shorter time, removing buckets
   * would cost more than keeping them.
   */
  private static final Duration SHORTEST_IDLE = Duration.ofSeconds(1);

  final Limit limit;
  private final long each;
  private final int most;
  private final long newcomersEach;
  private final int newcomersMost;
  private final Duration refill;
  private final BoundedCache<Object, Bucket> byKey;
  private final Bucket newcomers = new Bucket();
  private final AddressShares shares;

  Buckets(Limit limit, int keys, Rate newcomers, LongSupplier nanos) {
    this.limit = limit;
    this.each = limit.rate().nanosEach();
    this.most = limit.most();
    this.newcomersEach = newcomers.nanosEach();
    this.newcomersMost = newcomers.count();
    var whole = Duration.ofNanos(each).multipliedBy(most);
    this.refill = whole.compareTo(SHORTEST_IDLE) < 0 ? SHORTEST_IDLE : whole;
    this.byKey = new BoundedCache<>(keys, refill, nanos);
    this.shares = new AddressShares(newcomers);
  }

  /**
   * Takes a token from the key's bucket.
   *
   * @param address the client's address
   * @param clients the number of clients whose tokens the bucket has
   * @return 0, or the nanoseconds until a token is available
   */
  long take(Object key, ClientKey address, int clients, long now) {
    var known = byKey.get(key);
    if (known.isPresent()) {
      return known.get().take(now, each(clients), most(clients));
    }
    if (!byKey.evictedWithin(refill)) {
      return byKey.get(key, unused -> new Bucket()).take(now, each(clients), most(clients));
    }
    var wait = shares.take(address.site(), now);
    if (wait == 0) {
      wait = newcomers.take(now, newcomersEach, newcomersMost);
    }
    if (wait == 0) {
      byKey.put(key, new Bucket(now + most * each));
    }
    return wait;
  }

  void giveBack(Object key, int clients) {
    byKey.get(key).ifPresent(bucket -> bucket.giveBack(each(clients)));
  }

  private long most(int clients) {
    return (long) most * clients;
  }

  private long each(int clients) {
    return Math.max(1, each / clients);
  }

  long size() {
    return byKey.size();
  }

  long evictions() {
    return byKey.evictions();
  }
}
