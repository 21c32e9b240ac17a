package io.lhttp.filters.presence;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * When this server last received a message of each other server. {@link PeerSync} owns it. Safe for
 * all threads. Times are in nanoseconds.
 */
final class PeerLiveness {
  /** The time without a message after which a server counts as gone. */
  private static final Duration GONE = Duration.ofSeconds(10);

  /**
   * The time for which the members that a server has reported for a channel are valid. Within this
   * time a live server sends three digests.
   */
  private static final Duration STALE = Duration.ofSeconds(105);

  /** The shortest time between two removals of gone servers to make room for a new one. */
  private static final Duration SEARCH_PAUSE = Duration.ofSeconds(1);

  private static final int MAX_SERVERS = 1_000;
  private static final int MAX_NAME = 64;
  private final Map<String, Long> lastReceived = new ConcurrentHashMap<>();

  /** When gone servers were last removed to make room; null before the first time. */
  private volatile @Nullable Long searched;

  /**
   * Whether the server is known, or there is room for it, if necessary after the removal of gone
   * servers.
   */
  boolean admits(String server, long now) {
    if (lastReceived.containsKey(server)) {
      return true;
    }
    var before = searched;
    if (lastReceived.size() >= MAX_SERVERS
        && (before == null || now - before > SEARCH_PAUSE.toNanos())) {
      searched = now;
      lastReceived.values().removeIf(last -> now - last > GONE.toNanos());
    }
    return lastReceived.size() < MAX_SERVERS && server.length() <= MAX_NAME;
  }

  /** Records that a server has sent a message. Returns whether the server was unknown before. */
  boolean received(String server, long now) {
    return lastReceived.put(server, now) == null;
  }

  /**
   * Counts all servers as alive now, because this server itself could not receive messages for a
   * while.
   */
  void trust(long now) {
    lastReceived.replaceAll((server, time) -> now);
  }

  /**
   * Returns the rule for expired members: those of servers that are gone, once the grace time is
   * over, and those that were not reported for too long.
   */
  Peers.Expiry expiry(long now) {
    return (server, received, rule) -> {
      var last = lastReceived.get(server);
      var patience = Math.max(GONE.toNanos(), rule.grace().toNanos());
      return last == null || now - last > patience || now - received > STALE.toNanos();
    };
  }

  /** Removes the servers that are gone, once their members have expired everywhere. */
  void forget(long now, Duration longestGrace) {
    var patience = Math.max(GONE.toNanos(), longestGrace.toNanos()) + GONE.toNanos();
    lastReceived.values().removeIf(last -> now - last > patience);
  }

  /** The number of known servers. */
  int size() {
    return lastReceived.size();
  }
}
