package io.lhttp.scripts.context;

import io.lhttp.scripts.text.Sizes;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What scripts share: with each other, on all threads, over reloads. Values are immutable: texts,
 * numbers, booleans, and JSON. Bounded in bytes: a value that does not fit is refused, none is
 * thrown out for it but those that have expired. No write walks through the store, be it full or
 * not. Safe for all threads.
 */
public final class SharedStore {
  /** What an entry costs beside its key and value, roughly. */
  private static final int OVERHEAD = 100;

  /** How many that have expired a write forgets, beyond those whose room it needs. */
  private static final int SWEEP = 2;

  private static final long NONE = -1;

  private final long maxBytes;
  private final InstantSource clock;

  /** Guarded by this. */
  private final Map<String, Entry> entries = new HashMap<>();

  /** Those that expire, the first to do so first. Guarded by this. */
  private final TreeSet<Entry> expiring = new TreeSet<>();

  // Guarded by this.
  private long bytes;
  private long writes;

  /** The value under a key, of one write. */
  private record Entry(String key, Object value, long size, long expiresAt, long write)
      implements Comparable<Entry> {
    boolean expires() {
      return expiresAt != Long.MAX_VALUE;
    }

    /** No two have the same number. */
    @Override
    public int compareTo(Entry other) {
      var order = Long.compare(expiresAt, other.expiresAt);
      return order == 0 ? Long.compare(write, other.write) : order;
    }
  }

  /** The entry that was found under a key, so that it can be replaced where it is still there. */
  static final class Seen {
    private final @Nullable Entry entry;

    private Seen(@Nullable Entry entry) {
      this.entry = entry;
    }

    /** Null where there was none. */
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
   * @param value null forgets it
   * @param ttl zero for ever
   * @throws IllegalStateException where it does not fit
   */
  public void set(String key, @Nullable Object value, Duration ttl) {
    var size = size(key, value);
    synchronized (this) {
      put(key, value, size, ttl.isZero() ? Long.MAX_VALUE : clock.millis() + ttl.toMillis());
    }
  }

  /**
   * Replaces what was seen, if nobody has written there since; what expires goes on expiring. What
   * counts is the write, not the value: no value is unlike itself.
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
   * Adds to a number, or to 0.
   *
   * @param ttl for a new entry; zero for ever
   * @throws IllegalArgumentException where it is no number
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
    return value == null ? 0 : OVERHEAD + Sizes.utf8(key) + Sizes.of(value);
  }

  private static long writeOf(@Nullable Entry entry) {
    return entry == null ? NONE : entry.write;
  }

  /** Guarded by this. */
  private void put(String key, @Nullable Object value, long size, long expiresAt) {
    var now = clock.millis();
    for (var i = 0; i < SWEEP && forgetExpired(now); i++) {
      // the next
    }
    if (value == null) {
      remove(key);
      return;
    }
    while (!fits(key, size) && forgetExpired(now)) {
      // the next
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

  /** Forgets the first that has expired; false where none has. */
  private boolean forgetExpired(long now) {
    if (expiring.isEmpty() || expiring.first().expiresAt > now) {
      return false;
    }
    remove(expiring.first().key);
    return true;
  }
}
