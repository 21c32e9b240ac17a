package io.lhttp.app.run;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/**
 * The memory that a server has at its start. A server with too little may end before it listens,
 * and the kernel ends a process without a word.
 *
 * @param heap the most bytes of the heap
 * @param total the bytes of memory of the machine or the container
 * @param compiles whether scripts are compiled
 */
record StartMemory(long heap, long total, boolean compiles) {
  private static final long MEGABYTE = 1 << 20;

  /** The heap with which an application with a few scripts starts and compiles them; measured. */
  private static final long HEAP = 64 * MEGABYTE;

  /** The memory of such a process with this heap, with interpreted scripts; measured. */
  private static final long TOTAL = 256 * MEGABYTE;

  /** The same with compiled scripts. */
  private static final long TOTAL_COMPILED = 400 * MEGABYTE;

  /** The memory of the processes that prepare a fast start; measured. */
  private static final long PREPARATION = 900 * MEGABYTE;

  static StartMemory ofThisJvm() {
    return new StartMemory(
        Runtime.getRuntime().maxMemory(),
        ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
            ? system.getTotalMemorySize()
            : Long.MAX_VALUE,
        System.getProperty("lhttp.compiler") != null);
  }

  /** Returns one line for the user about each shortage. */
  List<String> shortages() {
    var lines = new ArrayList<String>();
    var needed = compiles ? TOTAL_COMPILED : TOTAL;
    if (total < needed) {
      lines.add(
          ("this machine or container has %d MB of memory, and a server needs some %d%s before it"
                  + " has clients: the kernel may end it without a word (exit code 137)")
              .formatted(
                  total / MEGABYTE, needed / MEGABYTE, compiles ? " to compile scripts" : ""));
    }
    if (heap < HEAP) {
      lines.add(heapIs() + ", and a server needs some " + HEAP / MEGABYTE + remedy());
    }
    return lines;
  }

  /**
   * Returns whether the preparation of a fast start fits into the memory beside this process, even
   * if this process fills its heap.
   */
  boolean hasRoomForPreparation() {
    return heap + (TOTAL_COMPILED - HEAP) + PREPARATION <= total;
  }

  /** Returns the words for an end by this error. */
  String failure(OutOfMemoryError error) {
    var reason = String.valueOf(error.getMessage());
    return reason.startsWith("unable to create native thread")
        ? "no further thread: raise the limit of processes or of virtual memory (ulimit -u, ulimit -v, the container's pids)"
        : "out of memory (%s): %s%s".formatted(reason, heapIs(), remedy());
  }

  private String heapIs() {
    return "the heap has %d MB at most, by -Xmx or as a share of the memory"
        .formatted(heap / MEGABYTE);
  }

  private static String remedy() {
    return ": LHTTP_JAVA_OPTIONS=-Xmx256m gives it more";
  }
}
