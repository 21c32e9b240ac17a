package io.lhttp.scripts.engine;

import java.time.Duration;

/**
 * Observes the engine's compiler by the states of its threads. Without a compiler there are none.
 */
public final class EngineCompiler {
  /** The names of the threads in the engine's version 25.0. */
  private static final String THREADS = "TruffleCompilerThread";

  private static final Duration LOOK_AGAIN = Duration.ofMillis(2);

  private EngineCompiler() {}

  /**
   * Waits until the compiler is idle.
   *
   * @param end the latest {@link System#nanoTime}
   * @return whether the compiler was busy
   */
  public static boolean awaitRest(long end) throws InterruptedException {
    var worked = false;
    while (works() && System.nanoTime() - end < 0) {
      worked = true;
      Thread.sleep(LOOK_AGAIN);
    }
    return worked;
  }

  private static boolean works() {
    var group = Thread.currentThread().getThreadGroup();
    while (group.getParent() != null) {
      group = group.getParent();
    }
    var threads = new Thread[group.activeCount() + 16];
    var count = group.enumerate(threads);
    for (var i = 0; i < count; i++) {
      if (threads[i].getName().startsWith(THREADS)) {
        var state = threads[i].getState();
        if (state != Thread.State.WAITING && state != Thread.State.TIMED_WAITING) {
          return true;
        }
      }
    }
    return false;
  }
}
