package io.lhttp.app.code.leak;

import io.lhttp.internal.measure.VirtualThreads;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * All threads of the process: platform threads, and those virtual threads that the JDK can list.
 */
final class Threads {
  /** The array has so much extra room, for threads that begin while they are listed. */
  private static final int MORE = 64;

  private Threads() {}

  /** Returns the living threads except the calling one. */
  @SuppressWarnings("ReferenceEquality") // a thread is equal to itself alone
  static List<Thread> all() {
    return Stream.concat(platform(), VirtualThreads.all())
        .filter(thread -> thread != Thread.currentThread())
        .toList();
  }

  private static Stream<Thread> platform() {
    var root = Objects.requireNonNull(Thread.currentThread().getThreadGroup());
    for (var parent = root.getParent(); parent != null; parent = root.getParent()) {
      root = parent;
    }
    var threads = new Thread[root.activeCount() + MORE];
    while (root.enumerate(threads, true) == threads.length) {
      threads = new Thread[2 * threads.length];
    }
    return Arrays.stream(threads).filter(Objects::nonNull);
  }
}
