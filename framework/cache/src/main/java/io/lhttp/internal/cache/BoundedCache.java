package io.lhttp.internal.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * A map with a maximum size, for keys that clients choose. Beyond the maximum it evicts entries
 * that are used rarely and were not used lately. A filter owns it; all threads may use it.
 */
public final class BoundedCache<K, V> {
  private final Cache<K, V> entries;
  private final LongSupplier nanos;
  private final long origin;

  /** The time of the last eviction, in nanoseconds since {@link #origin}. */
  private final AtomicLong lastEviction = new AtomicLong(Long.MIN_VALUE);

  private final AtomicLong evictions = new AtomicLong();

  /**
   * @param maximum the most entries
   * @param idle the time without use after which an entry is removed
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

  /** Returns the value of the key; if there is none, creates and stores it. */
  public V get(K key, Function<? super K, ? extends V> make) {
    return entries.get(key, make);
  }

  public void put(K key, V value) {
    entries.put(key, value);
  }

  public void clear() {
    entries.invalidateAll();
  }

  /** The number of entries, including those about to be removed. */
  public long size() {
    return entries.estimatedSize();
  }

  /** The number of entries that were evicted because the cache was full. */
  public long evictions() {
    return evictions.get();
  }

  /**
   * Whether an entry was evicted within this time. If so, a key without an entry may have had one
   * before.
   */
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
