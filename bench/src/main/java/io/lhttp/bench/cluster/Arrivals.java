package io.lhttp.bench.cluster;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** When clients came to the servers' doors. Safe for all threads. */
final class Arrivals {
  private static final long SECOND = 1_000_000_000L;

  private final Queue<Long> times = new ConcurrentLinkedQueue<>();

  /**
   * @param nanos in {@link System#nanoTime}
   */
  void add(long nanos) {
    times.add(nanos);
  }

  int count() {
    return times.size();
  }

  /** Those so far don't count. */
  void clear() {
    times.clear();
  }

  /** The most of them within a second, whenever that begins. */
  int mostInASecond() {
    var sorted = times.stream().mapToLong(Long::longValue).sorted().toArray();
    var most = 0;
    for (int from = 0, to = 0; to < sorted.length; to++) {
      while (sorted[to] - sorted[from] >= SECOND) {
        from++;
      }
      most = Math.max(most, to - from + 1);
    }
    return most;
  }
}
