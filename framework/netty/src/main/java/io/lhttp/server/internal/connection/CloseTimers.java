package io.lhttp.server.internal.connection;

import io.lhttp.CloseStatus;
import io.lhttp.Connection.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The timers that close one connection later, see {@link io.lhttp.Connection#closeAfter}. The
 * session owns them, and all threads may use them.
 */
final class CloseTimers {
  /** The longest delay of a timer, practically for ever. Longer delays would overflow the timer. */
  private static final Duration LONGEST_DELAY = Duration.ofDays(10_000);

  private final Session session;
  private final EventLoopContext loop;

  /** Created when needed. Guarded by this object's lock. */
  private @Nullable List<Future<?>> timers;

  CloseTimers(Session session, EventLoopContext loop) {
    this.session = session;
    this.loop = loop;
  }

  /** Starts a timer. If the socket is closed already, the timer is cancelled at once. */
  Deadline start(Duration delay, CloseStatus code) {
    var wait = delay.compareTo(LONGEST_DELAY) > 0 ? LONGEST_DELAY : delay;
    var timer =
        loop.executor.schedule(() -> session.close(code), wait.toMillis(), TimeUnit.MILLISECONDS);
    add(timer);
    if (!session.channel.isOpen()) {
      cancel(); // the connection may have been closed meanwhile
    }
    return () -> timer.cancel(false);
  }

  /** Cancels all timers; called when the socket is closed. */
  synchronized void cancel() {
    if (timers != null) {
      timers.forEach(timer -> timer.cancel(false));
      timers = null;
    }
  }

  private synchronized void add(Future<?> timer) {
    if (timers == null) {
      timers = new ArrayList<>(1);
    }
    timers.removeIf(Future::isDone);
    timers.add(timer);
  }
}
