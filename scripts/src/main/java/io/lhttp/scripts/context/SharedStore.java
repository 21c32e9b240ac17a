package io.lhttp.scripts.context;

import io.lhttp.scripts.text.ValueSizes;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The store {@code shared}, which all scripts share, on all threads and across reloads. The host
 * owns it; all threads may use it. Values are immutable: strings, numbers, booleans, and JSON.
 *
 * <p>The store is bounded in bytes: it refuses a value beyond the bound, and removes only expired
 * entries. No write iterates over all entries.
 */
public final class SharedStore {
  /** The approximate memory of an entry in bytes, beyond its key and value. */
  private static final int OVERHEAD = 100;

  /** The most expired entries that a write removes in addition to those whose room it needs. */
  private static final int SWEEP = 2;

  private static final long NONE = -1;

  private final long maxBytes;
  private final InstantSource clock;

  /** All entries. Guarded by this object's lock. */
  private final Map<String, Entry> entries = new HashMap<>();

  /** Entries with an expiry, the earliest first. Guarded by this object's lock. */
  private final TreeSet<Entry> expiring = new TreeSet<>();

  // The bytes that all entries count. Guarded by this object's lock.
  private long bytes;
  private long writes;

  /** A key with its value, as one write stored it. */
  private record Entry(String key, Object value, long size, long expiresAt, long write)
      implements Comparable<Entry> {
    boolean expires() {
      return expiresAt != Long.MAX_VALUE;
    }

    /**
     * Compares by expiry, then by the number of the write. No two entries have the same write, so
     * different entries never compare as equal.
     */
    @Override
    public int compareTo(Entry other) {
      var order = Long.compare(expiresAt, other.expiresAt);
      return order == 0 ? Long.compare(write, other.write) : order;
    }
  }

  /**
   * The entry that a script has read. It identifies one write, so that the script can replace
   * exactly this entry.
   */
  static final class Seen {
    private final @Nullable Entry entry;

    private Seen(@Nullable Entry entry) {
      this.entry = entry;
    }

    /** The value; null if there was no entry. */
    @Nullable Object value() {
      return entry == null ? null : entry.value;
    }
  }

  public SharedStore(long maxBytes, InstantSource clock) {
    this.maxBytes = maxBytes;
    this.clock = clock;
  }

  @Nullable Object get(String key) {
    return see(key).value();
  }

  synchronized Seen see(String key) {
    return new Seen(living(key));
  }

  /**
   * Stores a value.
   *
   * @param value null removes the entry
   * @param ttl the time until the entry expires; zero for never
   * @throws IllegalStateException if the value does not fit
   */
  public void set(String key, @Nullable Object value, Duration ttl) {
    var size = size(key, value);
    synchronized (this) {
      put(key, value, size, ttl.isZero() ? Long.MAX_VALUE : clock.millis() + ttl.toMillis());
    }
  }

  /**
   * Replaces the entry that the script has read, unless another write has come since. The expiry
   * stays. Writes are compared and not values, because NaN never equals itself.
   */
  boolean replace(String key, Seen seen, @Nullable Object value) {
    var size = size(key, value);
    synchronized (this) {
      var entry = living(key);
      if (writeOf(entry) != writeOf(seen.entry)) {
        return false;
      }
      put(key, value, size, entry == null ? Long.MAX_VALUE : entry.expiresAt);
      return true;
    }
  }

  /**
   * Adds to a number; without an entry, to 0.
   *
   * @param ttl the time until a new entry expires; zero for never
   * @throws IllegalArgumentException if the present value is no number
   */
  synchronized double increment(String key, double by, Duration ttl) {
    var entry = living(key);
    if (entry == null) {
      set(key, by, ttl);
      return by;
    }
    if (!(entry.value instanceof Number number)) {
      throw new IllegalArgumentException("shared '" + key + "' is no number");
    }
    var sum = number.doubleValue() + by;
    put(key, sum, entry.size, entry.expiresAt);
    return sum;
  }

  public synchronized long bytes() {
    return bytes;
  }

  synchronized int size() {
    return entries.size();
  }

  private static long size(String key, @Nullable Object value) {
    return value == null ? 0 : OVERHEAD + ValueSizes.utf8(key) + ValueSizes.of(value);
  }

  private static long writeOf(@Nullable Entry entry) {
    return entry == null ? NONE : entry.write;
  }

  /** Stores an entry. The caller holds this object's lock. */
  private void put(String key, @Nullable Object value, long size, long expiresAt) {
    var now = clock.millis();
    for (var i = 0; i < SWEEP && forgetExpired(now); i++) {
      // The loop removes one expired entry in each step.
    }
    if (value == null) {
      remove(key);
      return;
    }
    while (!fits(key, size) && forgetExpired(now)) {
      // The loop removes one expired entry in each step.
    }
    if (!fits(key, size)) {
      throw new IllegalStateException(
          "shared is full: it holds " + maxBytes + " bytes, see scripts.shared-bytes");
    }
    remove(key);
    var entry = new Entry(key, value, size, expiresAt, writes++);
    entries.put(key, entry);
    if (entry.expires()) {
      expiring.add(entry);
    }
    bytes += size;
  }

  private boolean fits(String key, long size) {
    var old = entries.get(key);
    return bytes - (old == null ? 0 : old.size) + size <= maxBytes;
  }

  private @Nullable Entry living(String key) {
    var entry = entries.get(key);
    if (entry != null && entry.expiresAt <= clock.millis()) {
      remove(key);
      return null;
    }
    return entry;
  }

  private void remove(String key) {
    var entry = entries.remove(key);
    if (entry != null) {
      bytes -= entry.size;
      if (entry.expires()) {
        expiring.remove(entry);
      }
    }
  }

  /** Removes the entry that expired first. Returns false if none has expired. */
  private boolean forgetExpired(long now) {
    if (expiring.isEmpty() || expiring.first().expiresAt > now) {
      return false;
    }
    remove(expiring.first().key);
    return true;
  }
}
