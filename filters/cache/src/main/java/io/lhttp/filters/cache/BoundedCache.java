package io.lhttp.filters.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * A map with a maximum, for keys that clients choose. Over the maximum an entry is evicted, by how
 * often and how lately it was used. Work on it is done by the threads that use it; safe for all.
 */
public final class BoundedCache<K, V> {
  private final Cache<K, V> entries;
  private final LongSupplier nanos;
  private final long origin;

  /** When an entry last had to go for another, in nanoseconds since the origin. */
  private final AtomicLong lastEviction = new AtomicLong(Long.MIN_VALUE);

  private final AtomicLong evictions = new AtomicLong();

  /**
   * @param maximum how many entries there may be
   * @param idle an entry that was not used for so long is forgotten
   * @param nanos counts as {@link System#nanoTime} does
   */
  public BoundedCache(int maximum, Duration idle, LongSupplier nanos) {
    if (maximum < 1) {
      throw new IllegalArgumentException("a cache's maximum has to be positive: " + maximum);
    }
    this.nanos = nanos;
    this.origin = nanos.getAsLong();
    this.entries =
        Caffeine.newBuilder()
            .maximumSize(maximum)
            .expireAfterAccess(idle)
            .ticker(nanos::getAsLong)
            .executor(Runnable::run)
            .evictionListener((key, value, cause) -> evicted(cause))
            .build();
  }

  public Optional<V> get(K key) {
    return Optional.ofNullable(entries.getIfPresent(key));
  }

  /** The value, made and kept first where there is none. */
  public V get(K key, Function<? super K, ? extends V> make) {
    return entries.get(key, make);
  }

  public void put(K key, V value) {
    entries.put(key, value);
  }

  public void clear() {
    entries.invalidateAll();
  }

  /** How many entries there are, those included that are about to go. */
  public long size() {
    return entries.estimatedSize();
  }

  /** How many entries had to go for others. */
  public long evictions() {
    return evictions.get();
  }

  /** Whether within this time an entry had to go for another: what is not here may have been. */
  public boolean evictedWithin(Duration time) {
    var last = lastEviction.get();
    return last != Long.MIN_VALUE && nanos.getAsLong() - origin - last <= time.toNanos();
  }

  private void evicted(RemovalCause cause) {
    if (cause == RemovalCause.SIZE) {
      evictions.incrementAndGet();
      lastEviction.set(nanos.getAsLong() - origin);
    }
  }
}
