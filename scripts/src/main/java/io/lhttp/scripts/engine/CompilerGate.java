package io.lhttp.scripts.engine;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Keeps the engine's compiler from working while a server starts: it would need as much of the
 * processors as all the rest of the start, for code of which most runs once. One per process, as
 * the compiler is. Safe for all threads.
 */
public final class CompilerGate {
  /** A script that computes for long while it is loaded gets its compiler after this time. */
  private static final Duration LONGEST = Duration.ofSeconds(3);

  private static volatile CountDownLatch gate = new CountDownLatch(0);

  private CompilerGate() {}

  /** From now on {@link #pass} waits, until {@link #open} is called or the longest time is over. */
  public static synchronized void close() {
    if (!closed()) {
      gate = new CountDownLatch(1);
    }
  }

  public static synchronized void open() {
    gate.countDown();
  }

  static boolean closed() {
    return gate.getCount() > 0;
  }

  /** Waits for its turn; to be called by the compiler's threads when they begin. */
  static void pass() {
    try {
      var _ = gate.await(LONGEST.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt(); // the engine's end
    }
  }
}
