package io.lhttp.outgoing;

import io.lhttp.ClientKey;
import org.jspecify.annotations.Nullable;

/**
 * Divides a fixed number of places among clients, by the rule of {@link ClientAmounts}. A client
 * may take a place only while more places are free than it holds. Hence one busy client gets half
 * of the places, two get a third each, and a place is left for a client that holds none, until all
 * places are held by different clients.
 *
 * <p>The owner of the places has one object; all threads may use it.
 */
public final class ClientShares {
  private final int places;

  /** The number of places that each client holds. Guarded by this object's lock. */
  private final ClientAmounts held = new ClientAmounts();

  /** The number of places that are held. Guarded by this object's lock. */
  private int taken;

  public ClientShares(int places) {
    this.places = places;
  }

  /**
   * Takes a place for this client. After true, the caller must call {@link #giveBack} with an equal
   * client.
   *
   * @param client null for the application itself, which may take each free place
   */
  public synchronized boolean take(@Nullable ClientKey client) {
    if (!mayTake(client)) {
      return false;
    }
    held.add(client, 1);
    taken++;
    return true;
  }

  /** Whether {@link #take} would give this client a place now. */
  public synchronized boolean mayTake(@Nullable ClientKey client) {
    var free = places - taken;
    return free > 0 && (client == null || held.allows(client, 1, free));
  }

  public synchronized void giveBack(@Nullable ClientKey client) {
    if (held(client) == 0) {
      throw new IllegalStateException("this client holds no place: " + client);
    }
    held.add(client, -1);
    taken--;
  }

  /** The number of places that this client holds. */
  public synchronized int held(@Nullable ClientKey client) {
    return (int) held.held(client);
  }

  /** The number of places that all clients hold. */
  public synchronized int taken() {
    return taken;
  }

  /** Whether no place is free for any client. */
  public synchronized boolean full() {
    return taken == places;
  }
}
