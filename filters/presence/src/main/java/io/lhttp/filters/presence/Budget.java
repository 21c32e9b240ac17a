package io.lhttp.filters.presence;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * The places for members that this server knows by name, of all channels and servers. {@link
 * PresenceChannels} owns it. Safe for all threads.
 */
final class Budget {
  private final int max;
  private final AtomicInteger used = new AtomicInteger();
  private final LongAdder refused = new LongAdder();

  Budget(int max) {
    this.max = max;
  }

  /** Takes a place and returns true; returns false, and counts that, if none is free. */
  boolean take() {
    if (used.incrementAndGet() > max) {
      used.decrementAndGet();
      refused.increment();
      return false;
    }
    return true;
  }

  /** Returns a place that was taken. */
  void give() {
    used.decrementAndGet();
  }

  int used() {
    return used.get();
  }

  long refused() {
    return refused.sum();
  }
}
