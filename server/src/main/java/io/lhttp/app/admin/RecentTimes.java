package io.lhttp.app.admin;

import io.lhttp.chain.Latency;
import io.lhttp.chain.LinkStatistics;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How long links have taken lately. What has been counted since the start says little about now:
 * here the counts of a minute ago are taken off. Safe for all threads.
 */
final class RecentTimes {
  /** How often {@link #look} is to be called. */
  static final Duration STEP = Duration.ofSeconds(10);

  private static final int STEPS = 6;

  /** Oldest first; as many as cover a minute. Guarded by this. */
  private final ArrayDeque<Map<Key, Latency>> looks = new ArrayDeque<>();

  /** Notes the counts of now. */
  synchronized void look(List<LinkStatistics> links) {
    var now = HashMap.<Key, Latency>newHashMap(links.size());
    links.forEach(link -> now.put(new Key(link), link.time()));
    looks.addLast(now);
    if (looks.size() > STEPS) {
      looks.removeFirst();
    }
  }

  /** A link's times of the last minute, or since it is there. */
  synchronized Latency of(LinkStatistics link) {
    var before = looks.isEmpty() ? null : looks.getFirst().get(new Key(link));
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
