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
 * turns, each with one of the channels that it has changed, so that many changes of one connection
 * delay only its own. {@link PresenceChannels} owns it. Safe for all threads.
 */
final class FairQueue {
  /** A channel waits in the turns of this many connections at most; the first turn serves it. */
  private static final int MOST_CONNECTIONS = 4;

  // Guarded by this.
  /** The waiting channels by connection; the connection whose turn is next comes first. */
  private final Map<String, Set<PresenceState>> byConnection = new LinkedHashMap<>();

  /** The connections in whose turns a channel waits, by channel. */
  private final Map<PresenceState, Set<String>> byChannel = new HashMap<>();

  /** A channel, and the connection whose turn it is. */
  record Turn(String connection, PresenceState state) {}

  /** Adds a channel that a connection has changed. */
  synchronized void add(String connection, PresenceState state) {
    var connections = byChannel.computeIfAbsent(state, _ -> new HashSet<>(MOST_CONNECTIONS * 2));
    if (connections.size() < MOST_CONNECTIONS && connections.add(connection)) {
      enter(connection, state);
    }
  }

  /**
   * Takes the next turn; null for none. The channel still counts as waiting until {@link #remove},
   * or {@link #putBack}, is called.
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
      byConnection.put(connection, states); // behind the other connections
    }
    return new Turn(connection, state);
  }

  /** Puts a turn back that came too early, unless the channel was removed since. */
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
    byConnection.computeIfAbsent(connection, _ -> new LinkedHashSet<>()).add(state);
  }
}
