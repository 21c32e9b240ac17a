package io.lhttp.server.internal.limit;

import io.lhttp.ClientKey;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;

/**
 * Lets no client shake hands more often than so many times a second, and twice as many at once.
 *
 * <p>The buckets stand in a table of fixed size, at a place that is hashed from the address with a
 * secret: no flood of addresses makes it grow, and none evicts the bucket of who is being limited.
 * Each address has two places and is let through where either of them allows it, so that an
 * innocent one suffers only from sharing both. Safe for all threads.
 */
public final class HandshakeGate {
  /** Per row; two rows of them take 1 MiB. */
  private static final int PLACES = 1 << 16;

  private static final int BURST = 2;
  private static final long SECOND = 1_000_000_000;

  private final long interval;
  private final LongSupplier nanos;
  private final long origin;
  private final long secret;

  /** When each bucket is full again, in nanoseconds since the origin. */
  private final AtomicLongArray first = new AtomicLongArray(PLACES);

  private final AtomicLongArray second = new AtomicLongArray(PLACES);
  private final long tolerance;

  /**
   * @param nanos counts as {@link System#nanoTime} does
   */
  public HandshakeGate(int perSecond, LongSupplier nanos) {
    this.interval = SECOND / perSecond;
    this.tolerance = (long) perSecond * BURST * interval - interval;
    this.nanos = nanos;
    this.origin = nanos.getAsLong();
    this.secret = ThreadLocalRandom.current().nextLong();
  }

  /** Takes a token of this client's. */
  public boolean admit(ClientKey client) {
    var now = nanos.getAsLong() - origin;
    // Whole, for a network's own hash code is known and easily met by another.
    var bits = client instanceof ClientKey.Network(var prefix) ? prefix : client.hashCode();
    var hash = mix(bits * 0x9E3779B97F4A7C15L ^ secret);
    var a = take(first, (int) hash & (PLACES - 1), now);
    var b = take(second, (int) (hash >>> 32) & (PLACES - 1), now);
    return a || b;
  }

  private boolean take(AtomicLongArray row, int place, long now) {
    while (true) {
      var full = row.get(place);
      var from = Math.max(full, now);
      if (from - now > tolerance) {
        return false;
      }
      if (row.compareAndSet(place, full, from + interval)) {
        return true;
      }
    }
  }

  /** Spreads every bit over all of them (Stafford's variant 13, as SplittableRandom's). */
  private static long mix(long z) {
    var y = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    var x = (y ^ (y >>> 27)) * 0x94D049BB133111EBL;
    return x ^ (x >>> 31);
  }
}
