package io.lhttp.app.api;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/** Bounds the lines of one kind that are logged in a minute. All threads may use it. */
final class LogPace {
  private static final long MINUTE = Duration.ofMinutes(1).toNanos();

  private final int most;
  private final LongSupplier nanos;

  // Guarded by this object's lock.
  private long minute;
  private int lines;
  private long unlogged;

  /**
   * @param most the most lines of a minute
   * @param nanos counts as {@link System#nanoTime} does
   */
  LogPace(int most, LongSupplier nanos) {
    this.most = most;
    this.nanos = nanos;
    this.minute = nanos.getAsLong();
  }

  /**
   * Counts a line. Returns the number of lines that were left out before it; empty if this one is
   * left out, too.
   */
  synchronized OptionalLong take() {
    var now = nanos.getAsLong();
    if (now - minute >= MINUTE) {
      minute = now;
      lines = 0;
    }
    if (lines == most) {
      unlogged++;
      return OptionalLong.empty();
    }
    lines++;
    var before = unlogged;
    unlogged = 0;
    return OptionalLong.of(before);
  }
}
