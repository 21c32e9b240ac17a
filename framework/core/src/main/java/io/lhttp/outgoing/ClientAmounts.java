package io.lhttp.outgoing;

import io.lhttp.ClientKey;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The amounts of something scarce that clients hold, and the rule by which they share it: a client
 * may hold as much as stays free, and all clients of one site of IPv6 ({@link ClientKey#site})
 * together twice as much, hence at most two thirds.
 *
 * <p>This is the dynamic threshold of Choudhury and Hahne (1998) with the factor 1. Not
 * thread-safe.
 */
public final class ClientAmounts {
  private static final int SITE = 2;

  /**
   * The amount of each client, and of each site that is more than a client. No amount is zero. The
   * null key is the application itself.
   */
  private final Map<@Nullable ClientKey, Long> held = new HashMap<>();

  /**
   * Whether a client may hold so much more.
   *
   * @param more at least 1
   * @param free the amount that nobody holds
   */
  public boolean allows(ClientKey client, long more, long free) {
    return held(client) + more <= free && held(client.site()) + more <= SITE * free;
  }

  /**
   * Counts a change of a client's amount.
   *
   * @param client null for the application itself
   * @param change negative if the client gives something back
   */
  public void add(@Nullable ClientKey client, long change) {
    addTo(client, change);
    if (client != null && !client.site().equals(client)) {
      addTo(client.site(), change);
    }
  }

  private void addTo(@Nullable ClientKey key, long change) {
    var after = held(key) + change;
    if (after > 0) {
      held.put(key, after);
    } else {
      held.remove(key);
    }
  }

  /** The amount that this client holds. */
  public long held(@Nullable ClientKey client) {
    return held.getOrDefault(client, 0L);
  }

  /** Forgets all amounts. */
  public void clear() {
    held.clear();
  }
}
