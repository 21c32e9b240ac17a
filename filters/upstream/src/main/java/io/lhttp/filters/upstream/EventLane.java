package io.lhttp.filters.upstream;

import io.lhttp.internal.log.Mishaps;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * One connection's events, delivered one after the other on a virtual thread that lives while some
 * wait. {@link Webhooks} bounds their number.
 */
final class EventLane {
  private static final Mishaps mishaps =
      new Mishaps(LoggerFactory.getLogger(EventsFilter.class), "a delivery of events");

  // Guarded by this.
  private final Queue<Runnable> waiting = new ArrayDeque<>(2);
  private boolean running;
  private long sequence;

  /** Numbers an event, and adds what delivers it; where that is null, nothing is added. */
  synchronized void add(LongFunction<@Nullable Runnable> make) {
    var delivery = make.apply(++sequence);
    if (delivery == null) {
      return;
    }
    waiting.add(delivery);
    if (!running) {
      running = true;
      Thread.ofVirtual().name("lhttp-events").start(this::run);
    }
  }

  private void run() {
    for (var next = next(); next != null; next = next()) {
      mishaps.run(next);
    }
  }

  private synchronized @Nullable Runnable next() {
    var next = waiting.poll();
    running = next != null;
    return next;
  }
}
