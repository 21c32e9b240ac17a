package io.lhttp.server.internal.lifecycle;

import io.lhttp.internal.chain.Pipeline;
import io.lhttp.server.internal.connection.ServerContext;
import io.lhttp.server.internal.connection.Session;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Has all open connections looked at again once the filters that decide about them are others. They
 * have their turns, some at a time, so that a reload is no storm. Safe for all threads.
 */
public final class Reviews {
  /** Connections at a time: 6,400 per second. */
  private static final int BATCH = 64;

  private static final Duration PAUSE = Duration.ofMillis(10);

  private final ServerContext server;

  /** The newest round: an older one gives up, as the newer one begins anew. */
  private final AtomicInteger rounds = new AtomicInteger();

  public Reviews(ServerContext server) {
    this.server = server;
  }

  /** One pipeline has taken another's place; does nothing where the same filters decide. */
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

  @SuppressWarnings("ReferenceEquality") // an equal one may have other options
  private static boolean sameFilters(Pipeline before, Pipeline after) {
    var old = before.reviewers();
    var now = after.reviewers();
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
