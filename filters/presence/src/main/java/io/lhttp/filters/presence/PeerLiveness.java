package io.lhttp.filters.presence;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** When other servers were heard of. Safe for all threads. */
final class PeerLiveness {
  /** A server that was not heard of for this long is gone. */
  static final Duration GONE = Duration.ofSeconds(10);

  /** What a server told of a channel holds for so long, and is said again three times meanwhile. */
  static final Duration STALE = Duration.ofSeconds(105);

  /** How often at most room is made. */
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private static final int MAX = 1_000;
  private static final int MAX_NAME = 64;
  private final Map<String, Long> heard = new ConcurrentHashMap<>();

  /** When the silent ones were last looked for, to make room; null before. */
  private volatile @Nullable Long madeRoom;

  /** Whether there is room for it, at the cost of one that is gone if need be. */
  boolean admits(String server, long now) {
    if (heard.containsKey(server)) {
      return true;
    }
    var before = madeRoom;
    if (heard.size() >= MAX && (before == null || now - before > PAUSE.toNanos())) {
      madeRoom = now;
      heard.values().removeIf(last -> now - last > GONE.toNanos());
    }
    return heard.size() < MAX && server.length() <= MAX_NAME;
  }

  /** Whether it was not known. */
  boolean heard(String server, long now) {
    return heard.put(server, now) == null;
  }

  /** All were heard of just now, as far as can be known. */
  void trust(long now) {
    heard.replaceAll((_, _) -> now);
  }

  /** What is to be forgotten at this time; its members have the grace that theirs would have. */
  ChannelPresence.Expiry expiry(long now) {
    return (server, told, rule) -> {
      var last = heard.get(server);
      var patience = Math.max(GONE.toNanos(), rule.grace().toNanos());
      return last == null || now - last > patience || now - told > STALE.toNanos();
    };
  }

  /** Nobody's longest grace is longer. */
  void forget(long now, Duration grace) {
    var patience = Math.max(GONE.toNanos(), grace.toNanos()) + GONE.toNanos();
    heard.values().removeIf(last -> now - last > patience);
  }

  int size() {
    return heard.size();
  }
}
