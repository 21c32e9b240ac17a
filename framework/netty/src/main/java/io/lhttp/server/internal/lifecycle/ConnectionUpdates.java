package io.lhttp.server.internal.lifecycle;

import io.lhttp.internal.version.Generation;
import io.lhttp.server.internal.connection.ServerContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Brings all open connections to a new chain: links leave and join them, and filters review them.
 * It does nothing if no link that leaves or comes has a method for that. The server's {@link
 * ChainControl} owns it; all threads may use it.
 */
final class ConnectionUpdates {
  private final ServerContext server;

  /** The newest round through the connections. Guarded by this object's lock. */
  private @Nullable UpdateRound newest;

  /** The number of the newest round. Guarded by this object's lock. */
  private int rounds;

  ConnectionUpdates(ServerContext server) {
    this.server = server;
  }

  /**
   * Plans a round, which pins the replaced generation. An unfinished round hands its work over to
   * the new one. Called under the lock of the generations, before the replaced one is retired.
   */
  synchronized void replaced(Generation before, Generation after) {
    var old = before.pipeline().hooks();
    var now = after.pipeline().hooks();
    var updates = now.concerns(old);
    var reviews = now.reviewsAfter(old);
    if (!updates && !reviews) {
      return;
    }
    var held = new ArrayList<Generation>();
    if (newest != null) {
      reviews |= newest.reviewsLeft();
      held.addAll(newest.handOver());
    }
    if (updates) {
      before.pin(UpdateRound.STRIPE);
      held.add(before);
    }
    newest = new UpdateRound(server, ConnectionUpdates::sleep, ++rounds, reviews, held, after);
  }

  /** Starts the planned round, if there is one. */
  void start() {
    UpdateRound round;
    synchronized (this) {
      round = newest;
    }
    if (round != null) {
      round.start();
    }
  }

  private static void sleep(Duration time) {
    LockSupport.parkNanos(time.toNanos());
  }
}
