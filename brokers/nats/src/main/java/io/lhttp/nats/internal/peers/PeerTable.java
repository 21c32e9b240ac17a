package io.lhttp.nats.internal.peers;

import io.lhttp.channel.Peers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * When this server last heard of each other one. {@link NatsPeers} owns it. Safe for all threads.
 * Times are in nanoseconds.
 */
final class PeerTable {
  /** The interval in which servers announce themselves. */
  static final Duration ANNOUNCE = Duration.ofSeconds(1);

  /** A server that was not heard of for this time is not waited for. */
  private static final Duration FRESH = Duration.ofMillis(3_500);

  /**
   * A server that was not heard of for this time counts as gone. Until then its name is told,
   * because its clients may be connected although NATS doesn't reach it.
   */
  private static final Duration REMEMBERED = Duration.ofMinutes(10);

  /** When each server was last heard of. Guarded by this object's lock. */
  private final Map<String, Long> heard = new HashMap<>();

  /** When a server was last turned away or forgotten. Guarded by this object's lock. */
  private long overflowed;

  /** Whether a server was ever turned away or forgotten. Guarded by this object's lock. */
  private boolean overflow;

  /**
   * The known servers.
   *
   * @param fresh those that announced themselves a moment ago
   * @param stale the others
   */
  record Known(List<String> fresh, List<String> stale) {}

  synchronized void heard(String server, long now) {
    if (heard.size() >= Peers.MAX_SERVERS && !heard.containsKey(server)) {
      overflow |= makeRoom(now);
      overflowed = now;
    }
    if (heard.size() < Peers.MAX_SERVERS || heard.containsKey(server)) {
      heard.put(server, now);
    } else {
      overflow = true;
    }
  }

  /**
   * Forgets the servers that are not fresh, because there is no room for those that are. Returns
   * whether there were some.
   */
  private boolean makeRoom(long now) {
    return heard.values().removeIf(last -> now - last > FRESH.toNanos());
  }

  synchronized void gone(String server) {
    heard.remove(server);
  }

  /** Forgets the servers that were not heard of for long. */
  synchronized void forget(long now) {
    heard.values().removeIf(last -> now - last > REMEMBERED.toNanos());
  }

  /**
   * Treats all servers as heard of now, because this server itself could not hear them for a while.
   */
  synchronized void trust(long now) {
    heard.replaceAll((server, last) -> now);
  }

  synchronized Known known(long now) {
    var fresh = new ArrayList<String>();
    var stale = new ArrayList<String>();
    heard.forEach((server, last) -> (now - last > FRESH.toNanos() ? stale : fresh).add(server));
    return new Known(fresh, stale);
  }

  /** Returns for each known server the time since it was last heard of. */
  synchronized Map<String, Duration> since(long now) {
    var since = new HashMap<String, Duration>();
    heard.forEach((server, last) -> since.put(server, Duration.ofNanos(Math.max(0, now - last))));
    return since;
  }

  /** Whether no server that may still exist was turned away or forgotten. */
  synchronized boolean complete(long now) {
    return !overflow || now - overflowed > REMEMBERED.toNanos();
  }
}
