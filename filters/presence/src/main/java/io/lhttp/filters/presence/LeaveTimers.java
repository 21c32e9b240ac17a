package io.lhttp.filters.presence;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Who is there without a connection, each for its time. Safe for all threads. */
final class LeaveTimers {
  private final int max;
  private final LongSupplier nanoTime;

  // Guarded by this.
  /** By their length, which makes each set's order the one in which they end. */
  private final Map<Duration, Set<Grace>> running = new HashMap<>();

  private int used;
  private long refused;

  /** Somebody's of a channel; no two are equal. */
  static final class Grace {
    final String channel;
    final String key;
    private final Duration length;
    private final long until;

    private Grace(String channel, String key, Duration length, long until) {
      this.channel = channel;
      this.key = key;
      this.length = length;
      this.until = until;
    }
  }

  LeaveTimers(int max, LongSupplier nanoTime) {
    this.max = max;
    this.nanoTime = nanoTime;
  }

  /** Null where too many have one. */
  synchronized @Nullable Grace take(String channel, String key, Duration length) {
    if (used == max) {
      refused++;
      return null;
    }
    used++;
    var grace = new Grace(channel, key, length, nanoTime.getAsLong() + length.toNanos());
    running.computeIfAbsent(length, _ -> new LinkedHashSet<>()).add(grace);
    return grace;
  }

  /** Whoever has it is back. */
  synchronized void give(Grace grace) {
    var same = running.get(grace.length);
    if (same != null && same.remove(grace)) {
      used--;
    }
  }

  /** Takes those out whose time is over. */
  synchronized List<Grace> over() {
    var now = nanoTime.getAsLong();
    var over = new ArrayList<Grace>();
    for (var same : running.values()) {
      for (var i = same.iterator(); i.hasNext(); ) {
        var grace = i.next();
        if (grace.until - now > 0) {
          break;
        }
        i.remove();
        used--;
        over.add(grace);
      }
    }
    return over;
  }

  synchronized long refused() {
    return refused;
  }
}
