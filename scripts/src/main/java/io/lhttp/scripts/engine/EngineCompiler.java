package io.lhttp.scripts.engine;

import java.time.Duration;

/**
 * The engine's own compiler, as its threads show it: there is none where scripts are interpreted.
 */
public final class EngineCompiler {
  /** As the engine names them, in 25.0. */
  private static final String THREADS = "TruffleCompilerThread";

  private static final Duration LOOK_AGAIN = Duration.ofMillis(2);

  private EngineCompiler() {}

  /**
   * Waits until it has nothing to do.
   *
   * @param end of {@link System#nanoTime}: no longer
   * @return whether it had something to do
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
