package io.lhttp.filters.upstream;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Lets few lines per second into the log, however much goes wrong. Safe for all threads. */
final class QuietLog {
  private static final int LINES_PER_SECOND = 10;

  // Guarded by this.
  private long second = System.nanoTime();
  private int lines;

  private final AtomicLong unlogged = new AtomicLong();

  /** Whether a line may be written now. */
  synchronized boolean may() {
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

  /** How many lines were left out since this was last asked. */
  long unlogged() {
    return unlogged.getAndSet(0);
  }

  /** A failure's class and message, with control characters as question marks, cut short. */
  static String words(Throwable failure) {
    var text = failure.toString().replaceAll("\\p{Cntrl}", "?");
    return text.length() > 300 ? text.substring(0, 300) + "…" : text;
  }
}
