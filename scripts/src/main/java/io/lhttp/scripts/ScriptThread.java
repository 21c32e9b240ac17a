package io.lhttp.scripts;

import io.lhttp.ConnectionExecutor;
import java.util.ArrayDeque;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** Where the contexts of one index run, one call at a time. */
public abstract class ScriptThread {
  final int index;

  ScriptThread(int index) {
    this.index = index;
  }

  /** Whether a call may be made here and now. */
  abstract boolean isCurrent();

  /**
   * Runs a task there, after those that this caller has handed over before.
   *
   * @throws RejectedExecutionException where it has ended, or too much waits
   */
  public abstract void execute(Runnable task);

  /** Whether {@link #replace} does anything. */
  public boolean replaceable() {
    return false;
  }

  /** Goes on with another thread, because nothing stops what this one is at. */
  void replace() {}

  void close() {}

  /** An event loop, which is known from the first connection that comes from it. */
  static final class OfHome extends ScriptThread {
    private static final int MAX_EARLY = 1_000;

    private volatile @Nullable ConnectionExecutor home;

    /** Tasks from before it was known: timers that a script set while it was loaded. */
    private final ArrayDeque<Runnable> early = new ArrayDeque<>();

    OfHome(int index) {
      super(index);
    }

    /** The first one that comes stays. */
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
