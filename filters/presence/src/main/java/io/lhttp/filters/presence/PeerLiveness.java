package io.lhttp.filters.presence;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The time of the last message of each other server. {@link PeerSync} owns it. Safe for all
 * threads. Times are nanoseconds.
 */
final class PeerLiveness {
  /** A server is gone if no message of it has arrived for this time. */
  private static final Duration GONE = Duration.ofSeconds(10);

  /** A server's members of a channel are valid for this time; three digests come within it. */
  private static final Duration STALE = Duration.ofSeconds(105);

  /** The least time between two searches for servers that are gone, to make room. */
  private static final Duration SEARCH_PAUSE = Duration.ofSeconds(1);

  private static final int MAX_SERVERS = 1_000;
  private static final int MAX_NAME = 64;
  private final Map<String, Long> lastReceived = new ConcurrentHashMap<>();

  /** The time of the last search for servers that are gone; null before the first. */
  private volatile @Nullable Long searched;

  /** Whether a server is known, or there is room for it after those that are gone are removed. */
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

  /** Takes note of a server's message; returns whether the server was not known. */
  boolean received(String server, long now) {
    return lastReceived.put(server, now) == null;
  }

  /** Counts all servers as alive from now on: this server itself was unable to receive messages. */
  void trust(long now) {
    lastReceived.replaceAll((_, _) -> now);
  }

  /** The members to expire now: of servers that are gone, after the grace that members have. */
  Peers.Expiry expiry(long now) {
    return (server, received, rule) -> {
      var last = lastReceived.get(server);
      var patience = Math.max(GONE.toNanos(), rule.grace().toNanos());
      return last == null || now - last > patience || now - received > STALE.toNanos();
    };
  }

  /** Removes the servers that are gone, once all their members have expired. */
  void forget(long now, Duration longestGrace) {
    var patience = Math.max(GONE.toNanos(), longestGrace.toNanos()) + GONE.toNanos();
    lastReceived.values().removeIf(last -> now - last > patience);
  }

  /** The number of known servers. */
  int size() {
    return lastReceived.size();
  }
}
