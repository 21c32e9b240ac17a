package io.lhttp.filters.upstream;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Limits the number of log lines per second. All threads may use it. */
final class QuietLog {
  private static final int LINES_PER_SECOND = 10;

  // Both fields are guarded by this object's lock.
  private long second = System.nanoTime();
  private int lines;

  private final AtomicLong unlogged = new AtomicLong();

  /** Whether a line may be logged now. */
  synchronized boolean permits() {
    var now = System.nanoTime();
    if (now - second >= TimeUnit.SECONDS.toNanos(1)) {
      second = now;
      lines = 0;
    }
    if (lines == LINES_PER_SECOND) {
      unlogged.incrementAndGet();
      return false;
    }
    lines++;
    return true;
  }

  /** Returns the number of lines that were left out since the last call. */
  long unlogged() {
    return unlogged.getAndSet(0);
  }

  /**
   * Formats a failure's class and message for the log. The text is cut, and question marks replace
   * control characters.
   */
  static String describe(Throwable failure) {
    var text = failure.toString().replaceAll("\\p{Cntrl}", "?");
    return text.length() > 300 ? text.substring(0, 300) + "…" : text;
  }
}
