package io.lhttp.server.internal.lifecycle;

import io.lhttp.internal.chain.Pipeline;
import io.lhttp.server.internal.connection.ServerContext;
import io.lhttp.server.internal.connection.Session;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Lets filters review all open connections after a filter with {@code onReview} has changed. It
 * takes some connections at a time, so that a reload is no burst. All threads may use it.
 */
public final class Reviews {
  /** Connections at a time: 6,400 per second. */
  private static final int BATCH = 64;

  private static final Duration PAUSE = Duration.ofMillis(10);

  private final ServerContext server;

  /** The newest round; an older round ends when a newer one begins. */
  private final AtomicInteger rounds = new AtomicInteger();

  public Reviews(ServerContext server) {
    this.server = server;
  }

  /** Starts a round after a swap; does nothing if the same filters review. */
  public void swapped(Pipeline before, Pipeline after) {
    if (sameFilters(before, after)) {
      return;
    }
    var round = rounds.incrementAndGet();
    var sessions = server.sessions().iterator();
    review(sessions); // before the caller goes on, and with it what it does next
    if (sessions.hasNext()) {
      server.threads().execute(() -> review(sessions, round));
    }
  }

  private void review(Iterator<Session> sessions, int round) {
    while (sessions.hasNext()) {
      LockSupport.parkNanos(PAUSE.toNanos());
      if (rounds.get() != round) {
        return;
      }
      review(sessions);
    }
  }

  private static void review(Iterator<Session> sessions) {
    for (var i = 0; i < BATCH && sessions.hasNext(); i++) {
      sessions.next().review();
    }
  }

  @SuppressWarnings("ReferenceEquality") // an equal filter may have other options
  private static boolean sameFilters(Pipeline before, Pipeline after) {
    var old = before.hooks().reviewers();
    var now = after.hooks().reviewers();
    if (old.size() != now.size()) {
      return false;
    }
    for (var i = 0; i < old.size(); i++) {
      if (old.get(i) != now.get(i)) {
        return false;
      }
    }
    return true;
  }
}
