package io.lhttp.scripts;

import io.lhttp.ConnectionExecutor;
import java.util.ArrayDeque;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A thread that runs scripts, one call at a time. Each script has one context for each script
 * thread; a context and its thread have the same index.
 */
public abstract class ScriptThread {
  final int index;

  ScriptThread(int index) {
    this.index = index;
  }

  /** Whether the calling thread is this script thread, so that it may enter the contexts now. */
  abstract boolean isCurrent();

  /**
   * Runs a task on this thread. Tasks of one caller run in the order of the calls.
   *
   * @throws RejectedExecutionException if the thread has ended, or too many tasks wait
   */
  public abstract void execute(Runnable task);

  /** Whether {@link #replace} can abandon a call; an event loop can't. */
  public boolean replaceable() {
    return false;
  }

  /** Abandons the running call, which no interrupt stops, and continues with another worker. */
  void replace() {}

  void close() {}

  /**
   * A script thread that is an event loop of the server. The first connection of that event loop
   * binds it.
   */
  static final class OfEventLoop extends ScriptThread {
    private static final int MAX_EARLY = 1_000;

    private volatile @Nullable ConnectionExecutor eventLoop;

    /**
     * Tasks that arrived before the event loop was bound. A script that sets timers while it is
     * loaded adds them.
     */
    private final ArrayDeque<Runnable> early = new ArrayDeque<>();

    OfEventLoop(int index) {
      super(index);
    }

    /** Binds this script thread to an event loop, if it is not bound yet. */
    void bind(ConnectionExecutor candidate) {
      if (eventLoop == null) {
        synchronized (this) {
          if (eventLoop == null) {
            early.forEach(candidate::execute);
            early.clear();
            eventLoop = candidate;
          }
        }
      }
    }

    @Override
    boolean isCurrent() {
      var known = eventLoop;
      return known != null && known.isCurrent();
    }

    @Override
    public void execute(Runnable task) {
      var known = eventLoop;
      if (known == null) {
        synchronized (this) {
          known = eventLoop;
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
