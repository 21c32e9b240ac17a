package io.lhttp.internal.measure;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/** The platform threads that carry virtual threads. Stateless. */
final class CarrierThreads {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private CarrierThreads() {}

  /** The number of carriers that the JDK keeps busy at a time. */
  static int parallelism() {
    var most = Runtime.getRuntime().availableProcessors();
    return Integer.getInteger("jdk.virtualThreadScheduler.parallelism", most);
  }

  /** The CPU time that all carriers have used together, in nanoseconds; below 0 if unknown. */
  static long cpuNanos() {
    var sum = 0L;
    for (var thread : Threads.platform()) {
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
