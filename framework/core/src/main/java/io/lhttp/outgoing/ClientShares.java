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
 * <p>All clients of one site of IPv6 ({@link ClientKey#site}) together may take a place while they
 * hold less than twice as many as are free, so at most two thirds.
 *
 * <p>This is the dynamic threshold of Choudhury and Hahne (1998) with the factor 1. The owner of
 * the places has one object; all threads may use it.
 */
public final class ClientShares {
  private final int places;

  /** A site may hold this multiple of the free places; a client as many as are free. */
  private static final int SITE = 2;

  /**
   * The number of places that each client holds, and each site that is more than a client. No
   * number is zero. Guarded by this object's lock.
   */
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
    if (!mayTake(client)) {
      return false;
    }
    held.merge(client, 1, Integer::sum);
    if (client != null && !client.site().equals(client)) {
      held.merge(client.site(), 1, Integer::sum);
    }
    taken++;
    return true;
  }

  /** Whether {@link #take} would give this client a place now. */
  public synchronized boolean mayTake(@Nullable ClientKey client) {
    var free = places - taken;
    return free > 0
        && (client == null || (held(client) < free && held(client.site()) < SITE * free));
  }

  public synchronized void giveBack(@Nullable ClientKey client) {
    if (held(client) == 0) {
      throw new IllegalStateException("this client holds no place: " + client);
    }
    countDown(client);
    if (client != null && !client.site().equals(client)) {
      countDown(client.site());
    }
    taken--;
  }

  private void countDown(@Nullable ClientKey key) {
    held.computeIfPresent(key, (same, count) -> count > 1 ? count - 1 : null);
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
