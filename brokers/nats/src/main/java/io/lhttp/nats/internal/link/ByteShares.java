package io.lhttp.nats.internal.link;

import io.lhttp.ClientKey;
import java.util.HashMap;
import java.util.Map;

/**
 * Divides the bytes that may wait among clients, once a quarter of them is used. Then a client may
 * add a publication only while it holds at most as many bytes as stay free, and a site of IPv6
 * twice as many ({@link ClientKey#site}). Hence no client fills the buffer for all others.
 *
 * <p>The first quarter is counted for no client, so that publications cost nothing while NATS takes
 * them. All threads may use it.
 */
public final class ByteShares {
  /** The part of the bytes that clients need not share: a quarter. */
  private static final int PLENTY = 4;

  private static final int SITE = 2;

  private final long bound;

  /**
   * The counted bytes of each client, and of each site that is more than a client. Guarded by this
   * object's lock.
   */
  private final Map<ClientKey, Long> held = new HashMap<>();

  public ByteShares(long bound) {
    this.bound = bound;
  }

  /**
   * Whether clients have to share the rest.
   *
   * @param waiting the bytes that wait, of all clients
   */
  public boolean scarce(long waiting) {
    return waiting > bound / PLENTY;
  }

  /**
   * Counts bytes for a client until {@link #giveBack}; returns false, without counting them, if the
   * client holds its share.
   *
   * @param waiting the bytes that wait, of all clients, without these
   */
  public synchronized boolean take(ClientKey client, long bytes, long waiting) {
    var free = bound - waiting;
    if (held(client) + bytes > free || held(client.site()) + bytes > SITE * free) {
      return false;
    }
    add(client, bytes);
    return true;
  }

  public synchronized void giveBack(ClientKey client, long bytes) {
    add(client, -bytes);
  }

  /** Forgets all counted bytes. */
  synchronized void clear() {
    held.clear();
  }

  private void add(ClientKey client, long bytes) {
    change(client, bytes);
    if (!client.site().equals(client)) {
      change(client.site(), bytes);
    }
  }

  private void change(ClientKey key, long bytes) {
    held.compute(
        key,
        (same, before) -> {
          var after = (before == null ? 0 : before) + bytes;
          return after > 0 ? after : null;
        });
  }

  private long held(ClientKey key) {
    return held.getOrDefault(key, 0L);
  }
}
