package io.lhttp.nats.internal.link;

import io.lhttp.ClientKey;
import io.lhttp.outgoing.ClientAmounts;

/**
 * Divides the bytes that may wait among clients, once a quarter of them is used, by the rule of
 * {@link ClientAmounts}. Hence no client fills the buffer for all others.
 *
 * <p>The first quarter is counted for no client, so that publications cost nothing while NATS takes
 * them. All threads may use it.
 */
public final class ByteShares {
  /** The part of the bytes that clients need not share: a quarter. */
  private static final int PLENTY = 4;

  private final long bound;

  /** The counted bytes of each client. Guarded by this object's lock. */
  private final ClientAmounts held = new ClientAmounts();

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
    if (!held.allows(client, bytes, bound - waiting)) {
      return false;
    }
    held.add(client, bytes);
    return true;
  }

  public synchronized void giveBack(ClientKey client, long bytes) {
    held.add(client, -bytes);
  }

  /** Forgets all counted bytes. */
  synchronized void clear() {
    held.clear();
  }
}
