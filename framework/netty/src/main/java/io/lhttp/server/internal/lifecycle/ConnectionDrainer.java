package io.lhttp.server.internal.lifecycle;

import io.lhttp.server.Drain;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.internal.connection.ServerContext;
import io.lhttp.server.internal.connection.Session;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * Closes all connections of a server: in paced groups with a close frame each, or all at once. The
 * server owns it and calls it on one thread.
 */
public final class ConnectionDrainer {
  /** The longest wait for running exchanges and {@code onClose} after all sockets were closed. */
  private static final Duration CUT_TIME = Duration.ofSeconds(3);

  private static final Duration CUT_LOOK = Duration.ofMillis(10);

  private final ServerContext server;
  private final Drain drain;
  private final DrainPace pace;

  public ConnectionDrainer(ServerContext server, Drain drain) {
    this.server = server;
    this.drain = drain;
    this.pace = new DrainPace(drain);
  }

  /** See {@link LhttpServer#drain}. */
  public boolean drain() throws InterruptedException {
    server.draining().set(true);
    var begin = System.nanoTime();
    var closed = new HashSet<Session>();
    do { // at least once, because a handshake may have ended a moment ago
      var elapsed = Duration.ofNanos(System.nanoTime() - begin);
      if (elapsed.compareTo(drain.deadline()) >= 0) {
        return false;
      }
      closeUpTo(closed, pace.due(elapsed));
      Thread.sleep(DrainPace.INTERVAL);
    } while (busy());
    return true;
  }

  /**
   * Closes all sockets at once. Returns when no exchange and no {@code onClose} runs any more, or
   * after 3 seconds.
   */
  public void abort() {
    server.draining().set(true);
    var end = System.nanoTime() + CUT_TIME.toNanos();
    do { // repeatedly, because a handshake may have ended a moment ago
      server.sessions().forEach(Session::abort);
      LockSupport.parkNanos(CUT_LOOK.toNanos());
    } while (busy() && System.nanoTime() - end < 0 && !Thread.currentThread().isInterrupted());
  }

  /** Whether there are connections, or running exchanges of {@code POST /publish}. */
  private boolean busy() {
    return !server.sessions().isEmpty() || server.generations().pinned(server.stripeOfOthers());
  }

  /** Closes further connections until {@code due} connections have been closed in all. */
  private void closeUpTo(Set<Session> closed, int due) {
    for (var session : server.sessions()) {
      if (closed.size() >= due) {
        return;
      }
      if (closed.add(session)) {
        session.drain(pace.status(DrainPace.share(closed.size())));
      }
    }
  }
}
