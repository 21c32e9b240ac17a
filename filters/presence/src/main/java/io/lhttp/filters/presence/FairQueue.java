package io.lhttp.filters.presence;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The channels in which members have joined or left since the last notification. Connections take
 * turns, and a connection's turn serves one of the channels that it has changed. So a connection
 * with many changes delays only its own. {@link PresenceChannels} owns it. Safe for all threads.
 */
final class FairQueue {
  /**
   * The most connections in whose turns a channel waits. The first of these turns serves the
   * channel.
   */
  private static final int MOST_CONNECTIONS = 4;

  // Both maps are guarded by this object's lock.
  /** The waiting channels by connection; the connection whose turn is next comes first. */
  private final Map<String, Set<PresenceState>> byConnection = new LinkedHashMap<>();

  /** The connections in whose turns a channel waits, by channel. */
  private final Map<PresenceState, Set<String>> byChannel = new HashMap<>();

  /** A channel, and the connection whose turn it is. */
  record Turn(String connection, PresenceState state) {}

  /** Adds a channel that a connection has changed. */
  synchronized void add(String connection, PresenceState state) {
    var connections =
        byChannel.computeIfAbsent(state, unused -> new HashSet<>(MOST_CONNECTIONS * 2));
    if (connections.size() < MOST_CONNECTIONS && connections.add(connection)) {
      enter(connection, state);
    }
  }

  /**
   * Takes the next turn; null if no channel waits. The channel counts as waiting until {@link
   * #remove} is called.
   */
  synchronized @Nullable Turn next() {
    var first = byConnection.entrySet().iterator();
    if (!first.hasNext()) {
      return null;
    }
    var entry = first.next();
    var connection = entry.getKey();
    var states = entry.getValue();
    var state = states.iterator().next();
    states.remove(state);
    first.remove();
    if (!states.isEmpty()) {
      // the connection's next turn comes after the other connections
      byConnection.put(connection, states);
    }
    return new Turn(connection, state);
  }

  /** Puts a turn back that came too early, unless its channel was removed in the meantime. */
  synchronized void putBack(Turn turn) {
    if (byChannel.getOrDefault(turn.state, Set.of()).contains(turn.connection)) {
      enter(turn.connection, turn.state);
    }
  }

  /** Removes a channel from all turns; called before its changes are sent. */
  synchronized void remove(PresenceState state) {
    var connections = byChannel.remove(state);
    if (connections == null) {
      return;
    }
    for (var connection : connections) {
      var states = byConnection.get(connection);
      if (states != null && states.remove(state) && states.isEmpty()) {
        byConnection.remove(connection);
      }
    }
  }

  synchronized boolean contains(PresenceState state) {
    return byChannel.containsKey(state);
  }

  /** The number of waiting channels. */
  synchronized int size() {
    return byChannel.size();
  }

  private void enter(String connection, PresenceState state) {
    byConnection.computeIfAbsent(connection, unused -> new LinkedHashSet<>()).add(state);
  }
}
