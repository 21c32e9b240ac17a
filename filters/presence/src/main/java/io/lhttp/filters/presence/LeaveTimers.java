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

/**
 * The timers of members whose last connection has ended: each such member leaves its channel when
 * its timer expires. {@link PresenceChannels} owns it. Safe for all threads.
 */
final class LeaveTimers {
  private final int max;
  private final LongSupplier nanoTime;

  // Both fields are guarded by this object's lock.
  /** The running timers, grouped by their length, so that each set is in the order of expiry. */
  private final Map<Duration, Set<Timer>> running = new HashMap<>();

  private int used;
  private long refused;

  /** The timer of one member of one channel. Timers are compared by identity. */
  static final class Timer {
    final String channel;
    final String key;
    private final Duration length;
    private final long end;

    private Timer(String channel, String key, Duration length, long end) {
      this.channel = channel;
      this.key = key;
      this.length = length;
      this.end = end;
    }
  }

  /**
   * @param max the most timers that run at a time
   */
  LeaveTimers(int max, LongSupplier nanoTime) {
    this.max = max;
    this.nanoTime = nanoTime;
  }

  /** Starts a timer. If too many run, counts that and returns null. */
  synchronized @Nullable Timer start(String channel, String key, Duration length) {
    if (used == max) {
      refused++;
      return null;
    }
    used++;
    var timer = new Timer(channel, key, length, nanoTime.getAsLong() + length.toNanos());
    running.computeIfAbsent(length, unused -> new LinkedHashSet<>()).add(timer);
    return timer;
  }

  /**
   * Stops a timer, because its member has another connection again. An expired timer stays expired.
   */
  synchronized void cancel(Timer timer) {
    var sameLength = running.get(timer.length);
    if (sameLength != null && sameLength.remove(timer)) {
      used--;
    }
  }

  /** Removes the expired timers and returns them. */
  synchronized List<Timer> takeExpired() {
    var now = nanoTime.getAsLong();
    var expired = new ArrayList<Timer>();
    for (var sameLength : running.values()) {
      for (var i = sameLength.iterator(); i.hasNext(); ) {
        var timer = i.next();
        if (timer.end - now > 0) {
          break;
        }
        i.remove();
        used--;
        expired.add(timer);
      }
    }
    return expired;
  }

  /** The number of timers that were not started because too many ran. */
  synchronized long refused() {
    return refused;
  }
}
