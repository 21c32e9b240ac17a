package io.lhttp.server.internal.lifecycle;

import io.lhttp.internal.version.Generation;
import io.lhttp.server.internal.connection.ServerContext;
import io.lhttp.server.internal.connection.Session;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/**
 * One round through all open connections after a swap. It takes some connections at a time, so that
 * a reload is no burst. It waits while slow links finish the updates of many connections, but for
 * no link that hangs.
 *
 * <p>It keeps the replaced generations pinned until their links have left all connections, so that
 * the links are closed afterwards. The deadline of a generation ends that wait. {@link
 * ConnectionUpdates} owns it; it runs on the swapping thread at first, then on a virtual thread.
 */
final class UpdateRound {
  /**
   * The stripe on which the round pins generations: that of an event loop. A drain waits for the
   * pins on {@link ServerContext#stripeOfOthers}, and must not wait for a round.
   */
  static final int STRIPE = 0;

  /**
   * The number of connections in a batch. With {@link #PAUSE} between the batches, 6,400
   * connections per second are asked to update.
   */
  private static final int BATCH = 64;

  static final Duration PAUSE = Duration.ofMillis(10);

  /**
   * The pause after a batch in which {@code onJoin} failed for most connections. Each failure
   * closes a connection, and probation needs time to roll the chain back.
   */
  static final Duration PAUSE_AFTER_FAILURES = Duration.ofSeconds(1);

  /**
   * If this many connections were asked and have not updated yet, the round asks no others while
   * links finish updates of the asked ones. Otherwise the calls of slow links would wait for each
   * other until they run out of time.
   */
  private static final int MANY = 10 * BATCH;

  /** If links finish no update in this time, the round continues without waiting for them. */
  private static final Duration LOOK = Duration.ofMillis(100);

  private static final Duration LONGEST_LOOK = Duration.ofMillis(500);

  private final ServerContext server;
  private final Consumer<Duration> sleep;
  private final int number;

  /** Whether filters review the connections, too. */
  private final boolean reviews;

  /** The connections that were asked to update, and may not have done so yet. */
  private final List<Session> pending = new ArrayList<>();

  private long failures;

  /** The replaced generations that this round pins. Guarded by this object's lock. */
  private final List<Generation> held;

  private boolean started;
  private boolean visitedAll;
  private boolean over;

  /**
   * @param sleep pauses the calling thread
   * @param number higher than those of all earlier rounds
   * @param held replaced generations, each pinned once; the round ends these pins
   * @param running the generation that takes their place: a rollback may have held it, too
   */
  UpdateRound(
      ServerContext server,
      Consumer<Duration> sleep,
      int number,
      boolean reviews,
      List<Generation> held,
      Generation running) {
    this.server = server;
    this.sleep = sleep;
    this.number = number;
    this.reviews = reviews;
    this.held = held;
    if (held.remove(running)) {
      running.unpin(STRIPE);
    }
  }

  /** Visits the first connections on the calling thread, and the others on a virtual thread. */
  void start() {
    synchronized (this) {
      if (started || over) {
        return;
      }
      started = true;
    }
    failures = failedJoins();
    var sessions = server.sessions().iterator();
    visitBatch(
        sessions); // so these connections are asked to update before the code after the swap runs
    if (!sessions.hasNext() && allChanged()) {
      end();
      return;
    }
    try {
      server.threads().execute(() -> run(sessions));
    } catch (RejectedExecutionException e) { // the server is closed
      end();
    }
  }

  /** Whether connections may still wait for their review. */
  synchronized boolean reviewsLeft() {
    return reviews && !visitedAll && !over;
  }

  /** Ends the round in favour of a newer one; returns the pinned generations. */
  synchronized List<Generation> handOver() {
    over = true;
    var pinned = List.copyOf(held);
    held.clear();
    return pinned;
  }

  private void run(Iterator<Session> sessions) {
    while (sessions.hasNext()) {
      if (!pause(PAUSE) || (mostFailed() && !pause(PAUSE_AFTER_FAILURES)) || !catchUp()) {
        end();
        return;
      }
      visitBatch(sessions);
    }
    synchronized (this) {
      visitedAll = true;
    }
    for (var look = PAUSE; !allChanged(); look = longer(look)) {
      if (!pause(look)) {
        break;
      }
    }
    end();
  }

  private void visitBatch(Iterator<Session> sessions) {
    for (var i = 0; i < BATCH && sessions.hasNext(); i++) {
      var session = sessions.next();
      session.update(reviews, number);
      pending.add(session);
    }
  }

  /**
   * Waits until fewer than {@link #MANY} connections are left to update, as long as some do update.
   * Returns as {@link #pause}.
   */
  private boolean catchUp() {
    pending.removeIf(this::changed);
    var before = Integer.MAX_VALUE;
    while (pending.size() >= MANY && pending.size() < before) {
      before = pending.size();
      if (!pause(LOOK)) {
        return false;
      }
      pending.removeIf(this::changed);
    }
    return true;
  }

  /** Whether {@code onJoin} failed for half of a batch since the last call. */
  private boolean mostFailed() {
    var now = failedJoins();
    var most = now - failures >= BATCH / 2;
    failures = now;
    return most;
  }

  private long failedJoins() {
    return server.generations().pipeline().hooks().failedJoins();
  }

  /** Returns false if the round is over, or its thread was interrupted as the server closes. */
  private boolean pause(Duration time) {
    sleep.accept(time);
    synchronized (this) {
      return !over && !Thread.currentThread().isInterrupted();
    }
  }

  private static Duration longer(Duration look) {
    var twice = look.multipliedBy(2);
    return twice.compareTo(LONGEST_LOOK) < 0 ? twice : LONGEST_LOOK;
  }

  private boolean allChanged() {
    pending.removeIf(this::changed);
    List<Generation> late;
    synchronized (this) {
      late = held.stream().filter(Generation::over).toList();
      held.removeAll(late);
    }
    late.forEach(generation -> generation.unpin(STRIPE));
    synchronized (this) {
      return pending.isEmpty() || held.isEmpty();
    }
  }

  /** Whether the replaced links have left this connection, or the connection has ended. */
  private boolean changed(Session session) {
    return session.updated() >= number || !server.sessions().contains(session);
  }

  private void end() {
    handOver().forEach(generation -> generation.unpin(STRIPE));
  }
}
