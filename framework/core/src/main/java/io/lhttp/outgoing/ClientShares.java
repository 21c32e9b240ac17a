package io.lhttp.outgoing;

import io.lhttp.ClientKey;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Divides a fixed number of places among clients. A client may take a place only while more places
 * are free than it holds. Hence one busy client gets half of the places, two get a third each, and
 * a place is left for a client that holds none, until all places are held by different clients.
 *
 * <p>This is the dynamic threshold of Choudhury and Hahne (1998) with the factor 1. The owner of
 * the places has one object; all threads may use it.
 */
public final class ClientShares {
  private final int places;

  /** The number of places that each client holds; no client holds zero. Guarded by this lock. */
  private final Map<@Nullable ClientKey, Integer> held = new HashMap<>();

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
    var free = places - taken;
    if (free == 0 || (client != null && held(client) >= free)) {
      return false;
    }
    held.merge(client, 1, Integer::sum);
    taken++;
    return true;
  }

  public synchronized void giveBack(@Nullable ClientKey client) {
    var left = held(client) - 1;
    if (left < 0) {
      throw new IllegalStateException("this client holds no place: " + client);
    }
    if (left == 0) {
      held.remove(client);
    } else {
      held.put(client, left);
    }
    taken--;
  }

  /** The number of places that this client holds. */
  public synchronized int held(@Nullable ClientKey client) {
    return held.getOrDefault(client, 0);
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
