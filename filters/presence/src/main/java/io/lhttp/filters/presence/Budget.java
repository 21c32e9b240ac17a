package io.lhttp.filters.presence;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** How many there may be of something on this server; refusals are counted. */
final class Budget {
  private final int max;
  private final AtomicInteger used = new AtomicInteger();
  private final LongAdder refused = new LongAdder();

  Budget(int max) {
    this.max = max;
  }

  boolean take() {
    if (used.incrementAndGet() > max) {
      used.decrementAndGet();
      refused.increment();
      return false;
    }
    return true;
  }

  void give() {
    used.decrementAndGet();
  }

  public int used() {
    return used.get();
  }

  long refused() {
    return refused.sum();
  }
}
