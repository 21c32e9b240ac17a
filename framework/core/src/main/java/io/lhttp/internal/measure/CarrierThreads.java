package io.lhttp.internal.measure;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.Objects;

/** The platform threads that carry virtual threads. Stateless. */
final class CarrierThreads {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  /** Room for threads that begin while they are listed. */
  private static final int MORE = 16;

  private CarrierThreads() {}

  /** The number of carriers that the JDK keeps busy at a time. */
  static int parallelism() {
    var most = Runtime.getRuntime().availableProcessors();
    return Integer.getInteger("jdk.virtualThreadScheduler.parallelism", most);
  }

  /** The CPU time that all carriers have used together, in nanoseconds; below 0 if unknown. */
  static long cpuNanos() {
    var root = Objects.requireNonNull(Thread.currentThread().getThreadGroup());
    for (var parent = root.getParent(); parent != null; parent = root.getParent()) {
      root = parent;
    }
    var threads = new Thread[root.activeCount() + MORE];
    var count = root.enumerate(threads, true);
    var sum = 0L;
    for (var thread : Arrays.copyOf(threads, count)) {
      if (thread.getClass().getName().equals("jdk.internal.misc.CarrierThread")) {
        var cpu = THREADS.getThreadCpuTime(thread.threadId());
        if (cpu < 0) {
          return thread.isAlive() ? -1 : sum;
        }
        sum += cpu;
      }
    }
    return sum;
  }
}
