package io.lhttp.server.internal.lifecycle;

import io.lhttp.server.Drain;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.internal.connection.ServerContext;
import io.lhttp.server.internal.connection.Session;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/** How a server's connections end: told one after the other, or cut at once. */
public final class ConnectionDrainer {
  /** How long a cut waits for exchanges that run and for those who are told of the end. */
  private static final Duration CUT_TIME = Duration.ofSeconds(3);

  private static final Duration CUT_LOOK = Duration.ofMillis(10);

  private final ServerContext server;
  private final Drain drain;

  public ConnectionDrainer(ServerContext server, Drain drain) {
    this.server = server;
    this.drain = drain;
  }

  /** See {@link LhttpServer#drain}. */
  public boolean drain() throws InterruptedException {
    server.draining().set(true);
    var begin = System.nanoTime();
    var told = new HashSet<Session>();
    do { // at least once: a handshake may have passed by just before
      var elapsed = Duration.ofNanos(System.nanoTime() - begin);
      if (elapsed.compareTo(drain.deadline()) >= 0) {
        return false;
      }
      tell(told, drain.due(elapsed));
      Thread.sleep(Drain.PACE);
    } while (busy());
    return true;
  }

  /**
   * Closes all sockets, and returns when nobody is busy with them any more, or can't be waited for.
   */
  public void cut() {
    server.draining().set(true);
    var end = System.nanoTime() + CUT_TIME.toNanos();
    do { // again and again: a handshake may have passed by just before
      server.sessions().forEach(Session::cut);
      LockSupport.parkNanos(CUT_LOOK.toNanos());
    } while (busy() && System.nanoTime() - end < 0 && !Thread.currentThread().isInterrupted());
  }

  /** Whether there are connections, or messages that came by HTTP and have none. */
  private boolean busy() {
    return !server.sessions().isEmpty() || server.generations().pinned(server.stripeOfOthers());
  }

  /** Says goodbye until so many have been told. */
  private void tell(Set<Session> told, int due) {
    for (var session : server.sessions()) {
      if (told.size() >= due) {
        return;
      }
      if (told.add(session)) {
        session.drain(drain.code(Drain.share(told.size())));
      }
    }
  }
}
