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
  /** Practically for ever, and within the range of a timer. */
  private static final Duration LONGEST_DELAY = Duration.ofDays(10_000);

  private final Session session;
  private final EventLoopContext loop;

  /** Created when needed. Guarded by this. */
  private @Nullable List<Future<?>> timers;

  CloseTimers(Session session, EventLoopContext loop) {
    this.session = session;
    this.loop = loop;
  }

  /** Starts a timer. A timer of a connection whose socket is closed is cancelled at once. */
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

  /** Cancels all timers, as the socket is closed. */
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
