package io.lhttp.scripts.engine;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Keeps the engine's compiler from working while a server starts. Otherwise the compiler would use
 * as much CPU time as the rest of the start, mostly for code that runs once. There is one gate per
 * process, as there is one compiler. All threads may use it.
 */
public final class CompilerGate {
  /**
   * The longest time for which the gate stays closed. A script that computes for long while it is
   * loaded needs the compiler, too.
   */
  private static final Duration LONGEST = Duration.ofSeconds(3);

  private static volatile CountDownLatch gate = new CountDownLatch(0);

  private CompilerGate() {}

  /**
   * Closes the gate: {@link #pass} waits until {@link #open} is called, or until the longest time
   * is over.
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

  /** Waits until the gate is open. The threads of the compiler call it when they start. */
  static void pass() {
    try {
      var _ = gate.await(LONGEST.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt(); // the engine was closed
    }
  }
}
