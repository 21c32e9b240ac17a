package io.lhttp.chain;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The times of links in the last minute. The counters run since the server's start, so this class
 * subtracts their values of a minute ago. All threads may use it.
 */
public final class RecentTimes {
  /** The interval at which the owner must call {@link #record}. */
  public static final Duration STEP = Duration.ofSeconds(10);

  private static final int STEPS = 6;

  /**
   * Earlier values of the counters, for one minute, the oldest first. Guarded by this object's
   * lock.
   */
  private final ArrayDeque<Map<Key, Latency>> snapshots = new ArrayDeque<>();

  /** Stores the current values of the counters. */
  public synchronized void record(List<LinkStatistics> links) {
    var now = HashMap.<Key, Latency>newHashMap(links.size());
    links.forEach(link -> now.put(new Key(link), link.time()));
    snapshots.addLast(now);
    if (snapshots.size() > STEPS) {
      snapshots.removeFirst();
    }
  }

  /** Returns a link's times in the last minute; of a younger link all its times. */
  public synchronized Latency of(LinkStatistics link) {
    var before = snapshots.isEmpty() ? null : snapshots.getFirst().get(new Key(link));
    return before == null || before.count() > link.time().count()
        ? link.time()
        : link.time().since(before);
  }

  private record Key(LinkStatistics.Kind kind, String name) {
    Key(LinkStatistics link) {
      this(link.kind(), link.name());
    }
  }
}
