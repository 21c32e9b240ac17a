package io.lhttp.filters.upstream;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Limits the concurrent requests to a target. Further requests wait in a bounded queue; when the
 * queue is full, they are refused. All threads may use it.
 */
final class Gate {
  private final Semaphore places;
  private final int capacity;
  private final int queue;
  private final AtomicInteger waiting = new AtomicInteger();

  Gate(int capacity, int queue) {
    this.places = new Semaphore(capacity, true);
    this.capacity = capacity;
    this.queue = queue;
  }

  /**
   * Waits until a request may be sent, at most for this time. Returns false if the queue is full or
   * the time is over. After true, the caller must call {@code leave}.
   */
  boolean enter(long nanos) throws InterruptedException {
    if (places.tryAcquire()) {
      return true;
    }
    if (waiting.incrementAndGet() > queue) {
      waiting.decrementAndGet();
      return false;
    }
    try {
      return places.tryAcquire(nanos, TimeUnit.NANOSECONDS);
    } finally {
      waiting.decrementAndGet();
    }
  }

  void leave() {
    places.release();
  }

  int inside() {
    return capacity - places.availablePermits();
  }

  int waiting() {
    return waiting.get();
  }
}
