package io.lhttp.filters.presence;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Channels in which somebody has come or gone. Whoever does it gets one turn after the other, so
 * that many changes of one delay only that one. Safe for all threads.
 */
final class FairQueue {
  /** A channel waits in the turns of no more; the soonest counts. */
  private static final int MOST = 4;

  // Guarded by this.
  /** By connection; whose turn is next comes first. */
  private final Map<String, Set<PresenceState>> waiting = new LinkedHashMap<>();

  /** In whose turns a channel waits. */
  private final Map<PresenceState, Set<String>> turns = new HashMap<>();

  /** A channel, and in whose turn it was. */
  record Turn(String connection, PresenceState state) {}

  synchronized void add(String connection, PresenceState state) {
    var of = turns.computeIfAbsent(state, _ -> new HashSet<>(MOST * 2));
    if (of.size() < MOST && of.add(connection)) {
      enter(connection, state);
    }
  }

  /** The next, for as long as {@link #again} or {@link #done} is not called; null for none. */
  synchronized @Nullable Turn next() {
    var first = waiting.entrySet().iterator();
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
      waiting.put(connection, states); // behind the others
    }
    return new Turn(connection, state);
  }

  /** It could not be told yet. */
  synchronized void again(Turn turn) {
    if (turns.getOrDefault(turn.state, Set.of()).contains(turn.connection)) {
      enter(turn.connection, turn.state);
    }
  }

  /** Nothing of it waits from now on; before it is told. */
  synchronized void done(PresenceState state) {
    var of = turns.remove(state);
    if (of == null) {
      return;
    }
    for (var connection : of) {
      var states = waiting.get(connection);
      if (states != null && states.remove(state) && states.isEmpty()) {
        waiting.remove(connection);
      }
    }
  }

  synchronized boolean has(PresenceState state) {
    return turns.containsKey(state);
  }

  /** How many channels wait. */
  synchronized int size() {
    return turns.size();
  }

  private void enter(String connection, PresenceState state) {
    waiting.computeIfAbsent(connection, _ -> new LinkedHashSet<>()).add(state);
  }
}
