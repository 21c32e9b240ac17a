package io.lhttp.filters.presence;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts the members that this server knows by name, of all channels and servers, against a limit.
 * {@link PresenceChannels} owns it. Safe for all threads.
 */
final class Budget {
  private final int max;
  private final AtomicInteger used = new AtomicInteger();
  private final LongAdder refused = new LongAdder();

  Budget(int max) {
    this.max = max;
  }

  /** Takes a place for one member. If none is free, counts that and returns false. */
  boolean take() {
    if (used.incrementAndGet() > max) {
      used.decrementAndGet();
      refused.increment();
      return false;
    }
    return true;
  }

  /** Gives back a place that was taken. */
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
