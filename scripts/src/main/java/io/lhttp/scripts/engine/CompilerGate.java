package io.lhttp.scripts.engine;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Keeps the engine's compiler from working while a server starts. Otherwise it would take as much
 * processor time as the rest of the start, mostly for code that runs once. One per process, as the
 * compiler. All threads may use it.
 */
public final class CompilerGate {
  /** A script that computes for long while it is loaded gets the compiler after this time. */
  private static final Duration LONGEST = Duration.ofSeconds(3);

  private static volatile CountDownLatch gate = new CountDownLatch(0);

  private CompilerGate() {}

  /**
   * Closes the gate: {@link #pass} waits until {@link #open} is called or the longest time is over.
   */
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

  /** Waits until the gate is open. The compiler's threads call it when they start. */
  static void pass() {
    try {
      var _ = gate.await(LONGEST.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt(); // the engine was closed
    }
  }
}
