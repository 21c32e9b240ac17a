package io.lhttp.filters.upstream;

import io.lhttp.internal.log.ErrorLog;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * The events of one connection that wait to be sent, an attribute of the connection. A virtual
 * thread delivers them one after the other, and ends when none is left. {@link Webhooks} bounds
 * their number.
 */
final class EventQueue {
  private static final ErrorLog errors =
      new ErrorLog(LoggerFactory.getLogger(EventsFilter.class), "a delivery of events");

  // The deliveries of events that wait. Guarded by this object's lock, as is {@link #running}.
  private final Queue<Runnable> waiting = new ArrayDeque<>(2);
  private boolean running;
  private long sequence;
  private boolean opened;

  /** The user's name that was reported last; empty before. */
  private String user = "";

  /** Whether the connection's opening is to be reported: true for the first call alone. */
  synchronized boolean opens() {
    var first = !opened;
    opened = true;
    return first;
  }

  /** Whether this user is to be reported: a name, and another one than before. */
  synchronized boolean names(String name) {
    var other = !name.isEmpty() && !name.equals(user);
    user = name;
    return other;
  }

  /**
   * Gives an event the next number, and queues its delivery.
   *
   * @param make returns the delivery of the event with this number; null drops the event
   */
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
      errors.run(next);
    }
  }

  private synchronized @Nullable Runnable next() {
    var next = waiting.poll();
    running = next != null;
    return next;
  }
}
