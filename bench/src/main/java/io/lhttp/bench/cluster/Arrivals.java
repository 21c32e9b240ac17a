package io.lhttp.bench.cluster;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Records when clients connected to servers. All threads may use it. */
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

  /** Forgets the connections so far. */
  void clear() {
    times.clear();
  }

  /** The most connections within any second. */
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
