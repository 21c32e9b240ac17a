package io.lhttp.scripts;

import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What scripts share: with each other, on all threads, over reloads. Values are immutable: texts,
 * numbers, booleans, and JSON. Bounded in bytes: a value that does not fit is refused, none is
 * thrown out for it. Safe for all threads.
 */
final class SharedStore {
  /** What an entry costs beside its key and value, roughly. */
  private static final int OVERHEAD = 100;

  /** How many of the oldest entries are looked at per call, whether they have expired. */
  private static final int SWEEP = 2;

  private final long maxBytes;
  private final InstantSource clock;

  /** In the order of writing. Guarded by this. */
  private final LinkedHashMap<String, Entry> entries = new LinkedHashMap<>();

  /** Guarded by this. */
  private long bytes;

  private record Entry(Object value, long size, long expiresAt) {}

  SharedStore(long maxBytes, InstantSource clock) {
    this.maxBytes = maxBytes;
    this.clock = clock;
  }

  synchronized @Nullable Object get(String key) {
    var entry = living(key);
    return entry == null ? null : entry.value;
  }

  /**
   * @param value null forgets it
   * @param ttl zero for ever
   * @throws IllegalStateException where it does not fit
   */
  synchronized void set(String key, @Nullable Object value, Duration ttl) {
    put(key, value, ttl.isZero() ? Long.MAX_VALUE : clock.millis() + ttl.toMillis());
  }

  /** Replaces what is there, if it is this; what expires goes on expiring. */
  synchronized boolean replace(String key, @Nullable Object expected, @Nullable Object value) {
    var entry = living(key);
    if (!Objects.equals(entry == null ? null : entry.value, expected)) {
      return false;
    }
    put(key, value, entry == null ? Long.MAX_VALUE : entry.expiresAt);
    return true;
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
    put(key, sum, entry.expiresAt);
    return sum;
  }

  synchronized long bytes() {
    return bytes;
  }

  synchronized int size() {
    return entries.size();
  }

  private void put(String key, @Nullable Object value, long expiresAt) {
    sweep(SWEEP);
    if (value == null) {
      remove(key);
      return;
    }
    var size = OVERHEAD + 2L * key.length() + sizeOf(value);
    if (bytes + size > maxBytes) {
      sweep(entries.size());
    }
    var old = entries.get(key);
    if (bytes - (old == null ? 0 : old.size) + size > maxBytes) {
      throw new IllegalStateException(
          "shared is full: it holds " + maxBytes + " bytes, see scripts.shared-bytes");
    }
    remove(key);
    entries.put(key, new Entry(value, size, expiresAt));
    bytes += size;
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
    }
  }

  /** Forgets what has expired among the oldest. */
  private void sweep(int most) {
    var now = clock.millis();
    var iterator = entries.values().iterator();
    for (var i = 0; i < most && iterator.hasNext(); i++) {
      var entry = iterator.next();
      if (entry.expiresAt <= now) {
        iterator.remove();
        bytes -= entry.size;
      }
    }
  }

  /** What a value costs, in bytes, roughly. */
  static long sizeOf(Object value) {
    return switch (value) {
      case String text -> 2L * text.length();
      case JsonText json -> 2L * json.text().length();
      default -> 16;
    };
  }
}
