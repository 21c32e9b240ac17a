package io.lhttp;

import java.util.concurrent.Executor;

/**
 * The event loop that a connection belongs to for life. Code that keeps state per event loop runs
 * tasks here instead of taking a lock. All threads may use it.
 */
public interface ConnectionExecutor extends Executor {
  /** The event loop's number: a server numbers its event loops from 0 without a gap. */
  int index();

  /** Whether the calling thread is this event loop. */
  boolean isCurrent();

  /**
   * Runs a task on this event loop. Tasks of one thread run one at a time in the order of the
   * calls; a task must not wait.
   *
   * @throws java.util.concurrent.RejectedExecutionException if the event loop has ended
   */
  @Override
  void execute(Runnable task);
}
