package io.lhttp.server.internal.control;

import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.internal.control.Answer;
import io.lhttp.internal.control.Refusals;
import io.lhttp.server.internal.connection.EventLoopContext;
import io.lhttp.server.internal.connection.Session;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;

/**
 * Runs one action for many connections, each on its event loop. A few run in one turn of an event
 * loop, so that sockets and other tasks get their turn in between.
 */
final class SessionRound {
  /** The connections that one event loop handles in one turn. */
  private static final int PER_TURN = 16;

  /** Acts on one connection; a {@link RefusedException} is counted by its reason. */
  @FunctionalInterface
  interface Action {
    void run(Session session);
  }

  private final EventLoopContext loop;
  private final Queue<Session> waiting;
  private final Predicate<Session> matches;
  private final Action action;
  private final Refusals refusals = new Refusals();
  private final CompletableFuture<Answer.Counts> done = new CompletableFuture<>();
  private long matched;
  private long changed;

  private SessionRound(
      EventLoopContext loop, Queue<Session> sessions, Predicate<Session> matches, Action action) {
    this.loop = loop;
    this.waiting = sessions;
    this.matches = matches;
    this.action = action;
  }

  /**
   * Runs the action for all sessions that still match when their turn comes.
   *
   * @return the numbers, once all have had their turn
   */
  static CompletionStage<Answer.Counts> run(
      Iterable<Session> sessions, Predicate<Session> matches, Action action) {
    var byLoop = new HashMap<EventLoopContext, Queue<Session>>();
    for (var session : sessions) {
      if (matches.test(session)) {
        byLoop.computeIfAbsent(session.loop(), loop -> new ArrayDeque<>()).add(session);
      }
    }
    var rounds = new ArrayList<CompletableFuture<Answer.Counts>>();
    byLoop.forEach((loop, of) -> {
      var round = new SessionRound(loop, of, matches, action);
      rounds.add(round.done);
      if (!loop.offer(round::turn)) {
        round.finish(); // the server is closed
      }
    });
    return CompletableFuture.allOf(rounds.toArray(CompletableFuture[]::new))
        .thenApply(all -> sum(rounds));
  }

  private static Answer.Counts sum(List<CompletableFuture<Answer.Counts>> rounds) {
    var matched = 0L;
    var changed = 0L;
    var refusals = new Refusals();
    for (var round : rounds) {
      var counts = round.join();
      matched += counts.matched();
      changed += counts.changed();
      counts.refusals().forEach(refusals::add);
    }
    return new Answer.Counts(matched, changed, refusals.mostFrequent());
  }

  private void turn() {
    for (var i = 0; i < PER_TURN; i++) {
      var session = waiting.poll();
      if (session == null) {
        finish();
        return;
      }
      // The user may have changed, or the connection may have been closed, since the search.
      if (session.open() && matches.test(session)) {
        act(session);
      }
    }
    if (!loop.offerNextTurn(this::turn)) {
      finish();
    }
  }

  private void act(Session session) {
    matched++;
    try {
      action.run(session);
      changed++;
    } catch (RefusedException e) {
      refusals.add(e.refusal());
    } catch (RuntimeException e) {
      refusals.add(Outcome.refused(500, "the operation failed"));
    }
  }

  private void finish() {
    done.complete(new Answer.Counts(matched, changed, refusals.mostFrequent()));
  }
}
