package io.lhttp.scripts.engine;

import java.time.Duration;

/**
 * Observes the engine's compiler by the states of its threads. An engine without a compiler has no
 * such threads.
 */
public final class EngineCompiler {
  /** The beginning of these threads' names in version 25.0 of the engine. */
  private static final String THREADS = "TruffleCompilerThread";

  private static final Duration LOOK_AGAIN = Duration.ofMillis(2);

  private EngineCompiler() {}

  /**
   * Waits until no thread of the compiler works.
   *
   * @param end the latest time, as {@link System#nanoTime}
   * @return whether the compiler was working
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
