package io.lhttp.server.internal.control;

import io.lhttp.RefusedException;
import io.lhttp.internal.control.Answer;
import io.lhttp.internal.log.ErrorLog;
import io.lhttp.revocation.Revocations;
import io.lhttp.server.internal.connection.ServerContext;
import io.lhttp.server.internal.connection.Session;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.LoggerFactory;

/**
 * Closes the open connections of revoked tokens and blocked users, after each change of the list.
 * One sweep through all connections serves all changes before it. The server owns it; all threads
 * may use it, and no method blocks.
 */
public final class RevocationSweep implements AutoCloseable {
  private static final ErrorLog errors =
      new ErrorLog(LoggerFactory.getLogger(RevocationSweep.class), "the sweep of connections");

  /** The pause between two sweeps, so that many changes do not keep a processor busy. */
  private static final long PAUSE_MILLIS = 10;

  /** The most callers that wait for a sweep. */
  private static final int MAX_WAITING = 1_024;

  /** The longest wait; longer than the longest deadline of an operation. */
  private static final long MAX_WAIT_SECONDS = 31;

  /** The most entries whose closed connections are remembered. */
  private static final int MAX_COUNTED = 1_000;

  private final ServerContext server;
  private final Revocations revocations;
  private final Runnable listener = this::request;
  private final AtomicLong closedConnections = new AtomicLong();

  // This object's lock guards all fields below.

  /** The numbers of closed connections by the keys of entries, the latest entries last. */
  private final Map<String, Long> closedBy =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
          return size() > MAX_COUNTED;
        }
      };

  private final List<Waiting> waiting = new ArrayList<>();
  private boolean requested;
  private boolean running;

  /** The revision of the list that the last complete sweep has enforced. */
  private long swept = -1;

  /** The latest revision of the list, and the number of lists that began with a lower one. */
  private long latest = -1;

  private long lists;

  /** A caller that waits for a sweep of this revision. */
  private record Waiting(String key, long revision, CompletableFuture<Answer.Counts> answer) {}

  public RevocationSweep(ServerContext server) {
    this.server = server;
    this.revocations = server.revocations();
    revocations.onChange(listener);
  }

  /** The number of connections that were closed because of the list. */
  public long closed() {
    return closedConnections.get();
  }

  /**
   * Returns once the connections that a change of the list ends are closed, with their number.
   *
   * @param key the changed entry
   */
  public CompletionStage<Answer.Counts> enforced(String key, long revision) {
    var answer = new CompletableFuture<Answer.Counts>();
    synchronized (this) {
      if (swept >= revision) {
        answer.complete(counts(key));
        return answer;
      }
      waiting.removeIf(one -> one.answer.isDone());
      if (waiting.size() >= MAX_WAITING) {
        return CompletableFuture.failedStage(
            new RefusedException(503, "too many revocations are under way"));
      }
      waiting.add(new Waiting(key, revision, answer));
    }
    request();
    return answer.orTimeout(MAX_WAIT_SECONDS, TimeUnit.SECONDS);
  }

  private Answer.Counts counts(String key) {
    var closed = closedBy.getOrDefault(key, 0L);
    return new Answer.Counts(closed, closed, List.of());
  }

  private void request() {
    synchronized (this) {
      noticeNewList();
      requested = true;
      if (running) {
        return;
      }
      running = true;
    }
    try {
      server.threads().execute(errors.guard(this::run));
    } catch (RejectedExecutionException e) { // the server is closed
      synchronized (this) {
        running = false;
      }
    }
  }

  /** A store that lost its list counts the revisions of the next one from the beginning. */
  private void noticeNewList() {
    var revision = revocations.revision();
    if (revision < latest) {
      swept = -1;
      lists++;
    }
    latest = revision;
  }

  private void run() {
    try {
      while (begins()) {
        sweep();
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the server is closed
    } catch (RuntimeException | Error e) {
      synchronized (this) {
        running = false;
      }
      throw e;
    }
  }

  private synchronized boolean begins() {
    running = requested;
    requested = false;
    return running;
  }

  private void sweep() {
    long revision;
    long before;
    long list;
    synchronized (this) {
      noticeNewList();
      revision = latest;
      before = swept;
      list = lists;
    }
    var round =
        SessionRound.run(
            server.sessions(),
            session -> session.open() && ends(session, before),
            session -> close(session, before));
    var unused = round.thenRun(() -> done(list, revision));
  }

  private boolean ends(Session session, long before) {
    return revocations.ending(session, session.since(), before).isPresent();
  }

  private void close(Session session, long before) {
    var entry = revocations.ending(session, session.since(), before);
    if (entry.isPresent()) {
      session.close(entry.get().verdict().close());
      closedConnections.incrementAndGet();
      synchronized (this) {
        closedBy.merge(entry.get().key(), 1L, Long::sum);
      }
    }
  }

  private void done(long list, long revision) {
    var ready = new ArrayList<Runnable>();
    synchronized (this) {
      if (list != lists) {
        return; // the sweep of the new list follows
      }
      swept = Math.max(swept, revision);
      waiting.removeIf(one -> {
        if (one.revision > swept) {
          return false;
        }
        var counts = counts(one.key);
        ready.add(() -> one.answer.complete(counts));
        return true;
      });
    }
    ready.forEach(Runnable::run);
  }

  @Override
  public void close() {
    revocations.forget(listener);
  }
}
