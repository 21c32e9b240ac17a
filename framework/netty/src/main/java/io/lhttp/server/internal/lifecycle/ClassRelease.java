package io.lhttp.server.internal.lifecycle;

import io.lhttp.internal.log.ErrorLog;
import io.lhttp.server.internal.connection.ServerContext;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.slf4j.LoggerFactory;

/**
 * Removes the references to replaced classes from the attributes of all open connections, some
 * connections at a time. One thread at a time does this; all threads may request it.
 */
public final class ClassRelease {
  /**
   * The number of connections at a time. The work runs outside of the event loops, so the number
   * may be large.
   */
  private static final int BATCH = 256;

  private static final Duration PAUSE = Duration.ofMillis(5);

  private static final ErrorLog errors =
      new ErrorLog(LoggerFactory.getLogger(ClassRelease.class), "the release of replaced classes");

  private final ServerContext server;

  /** The number of rounds that were requested and have not ended. */
  private final AtomicInteger wanted = new AtomicInteger();

  public ClassRelease(ServerContext server) {
    this.server = server;
  }

  /** Returns after a round through all connections, or if another thread will begin one. */
  public void release(Predicate<ClassLoader> ended) {
    if (wanted.getAndIncrement() > 0) {
      return;
    }
    int served;
    do {
      served = wanted.get();
      round(ended);
    } while (wanted.addAndGet(-served) > 0);
  }

  private void round(Predicate<ClassLoader> ended) {
    var seen = 0;
    for (var session : server.sessions()) {
      errors.run(() -> session.release(ended));
      if (++seen % BATCH == 0) {
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    }
  }
}
