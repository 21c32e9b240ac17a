package io.lhttp.server.internal.limit;

import io.lhttp.ClientKey;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;

/**
 * Limits the handshakes of each client per second; twice as many may come at once. One for each
 * server; all threads may use it.
 *
 * <p>Each client has a token bucket in a table of fixed size, at an index hashed from the address
 * with a secret. So a flood of addresses neither grows the table nor evicts a bucket.
 *
 * <p>Each address has two buckets, and passes if either allows it, so that sharing one with an
 * attacker does no harm.
 */
public final class HandshakeGate {
  /** The number of buckets per row; two rows take 1 MiB. */
  private static final int PLACES = 1 << 16;

  private static final int BURST = 2;
  private static final long SECOND = 1_000_000_000;

  private final long interval;
  private final LongSupplier nanos;
  private final long origin;
  private final long secret;

  /**
   * For each bucket of the first row the time at which it is full again, in nanoseconds since
   * {@link #origin}.
   */
  private final AtomicLongArray first = new AtomicLongArray(PLACES);

  private final AtomicLongArray second = new AtomicLongArray(PLACES);

  /** The time in nanoseconds in which an empty bucket becomes full. */
  private final long window;

  /**
   * @param nanos counts as {@link System#nanoTime} does
   */
  public HandshakeGate(int perSecond, LongSupplier nanos) {
    this.interval = SECOND / perSecond;
    this.window = (long) perSecond * BURST * interval;
    this.nanos = nanos;
    this.origin = nanos.getAsLong();
    this.secret = ThreadLocalRandom.current().nextLong();
  }

  /**
   * Takes a token of this client, and of each network around it, which has more of them. Returns
   * false if one has none left.
   */
  public boolean admit(ClientKey client) {
    var now = nanos.getAsLong() - origin;
    var networks = client.around();
    // Looks first, so that refused handshakes use up no tokens of neighbours.
    if (!has(client, 1, now)) {
      return false;
    }
    for (var network : networks) {
      if (!has(network, network.clients(), now)) {
        return false;
      }
    }
    for (var network : networks) {
      if (!take(network, network.clients(), now)) {
        return false;
      }
    }
    return take(client, 1, now);
  }

  private boolean has(ClientKey client, int clients, long now) {
    var hash = hash(client);
    var latest = now + window - interval / clients;
    return first.get(place(hash)) <= latest || second.get(place(hash >>> 32)) <= latest;
  }

  private boolean take(ClientKey client, int clients, long now) {
    var hash = hash(client);
    var each = interval / clients;
    var a = take(first, place(hash), each, now);
    var b = take(second, place(hash >>> 32), each, now);
    return a || b;
  }

  private boolean take(AtomicLongArray row, int place, long each, long now) {
    while (true) {
      var full = row.get(place);
      var from = Math.max(full, now);
      if (from - now > window - each) {
        return false;
      }
      if (row.compareAndSet(place, full, from + each)) {
        return true;
      }
    }
  }

  private long hash(ClientKey client) {
    // The whole prefix and not its hash code, because an attacker can find networks with equal hash
    // codes.
    var network = client instanceof ClientKey.Network known ? known : null;
    var number = network == null ? client.hashCode() : network.prefix();
    var size = network == null ? 0 : network.bits();
    return mix((number * 0x9E3779B97F4A7C15L) ^ (secret + size));
  }

  private static int place(long hash) {
    return (int) hash & (PLACES - 1);
  }

  /**
   * Makes every bit of the result depend on every bit of the number (Stafford's variant 13, as in
   * SplittableRandom).
   */
  private static long mix(long z) {
    var y = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    var x = (y ^ (y >>> 27)) * 0x94D049BB133111EBL;
    return x ^ (x >>> 31);
  }
}
