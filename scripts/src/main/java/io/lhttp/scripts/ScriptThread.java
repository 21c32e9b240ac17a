package io.lhttp.scripts;

import io.lhttp.ConnectionExecutor;
import java.util.ArrayDeque;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A thread that runs scripts. Each script has one context per thread; a context and its thread have
 * the same index. The thread runs one call at a time.
 */
public abstract class ScriptThread {
  final int index;

  ScriptThread(int index) {
    this.index = index;
  }

  /** Whether the calling thread may enter the contexts now. */
  abstract boolean isCurrent();

  /**
   * Runs a task on this thread, after the tasks that this caller has passed before.
   *
   * @throws RejectedExecutionException if the thread has ended, or too many tasks wait
   */
  public abstract void execute(Runnable task);

  /** Whether {@link #replace} has an effect. */
  public boolean replaceable() {
    return false;
  }

  /** Continues on another worker, because no interrupt stops the running call. */
  void replace() {}

  void close() {}

  /** An event loop that runs scripts. The first connection of that event loop binds it. */
  static final class OfHome extends ScriptThread {
    private static final int MAX_EARLY = 1_000;

    private volatile @Nullable ConnectionExecutor home;

    /**
     * Tasks that came before the event loop was bound: timers that a script set while it was
     * loaded.
     */
    private final ArrayDeque<Runnable> early = new ArrayDeque<>();

    OfHome(int index) {
      super(index);
    }

    /** Binds this event loop if none is bound yet. */
    void bind(ConnectionExecutor candidate) {
      if (home == null) {
        synchronized (this) {
          if (home == null) {
            early.forEach(candidate::execute);
            early.clear();
            home = candidate;
          }
        }
      }
    }

    @Override
    boolean isCurrent() {
      var known = home;
      return known != null && known.isCurrent();
    }

    @Override
    public void execute(Runnable task) {
      var known = home;
      if (known == null) {
        synchronized (this) {
          known = home;
          if (known == null) {
            if (early.size() >= MAX_EARLY) {
              throw new RejectedExecutionException("no connection has come yet");
            }
            early.add(task);
            return;
          }
        }
      }
      known.execute(task);
    }
  }
}
