package io.lhttp;

import java.util.concurrent.Executor;

/**
 * The thread that a connection belongs to for life: its event loop. Who keeps something per thread
 * instead of behind a lock keeps it per home, and comes here to use it. Safe for all threads.
 */
public interface ConnectionExecutor extends Executor {
  /** Which one it is: homes of a server are numbered from 0 without a gap. */
  int index();

  /** Whether the caller is on this thread already; what it does then is done in its turn. */
  boolean isCurrent();

  /**
   * Runs a task here. Tasks run one at a time, in the order in which one thread hands them over; a
   * task must not wait for anything.
   *
   * @throws java.util.concurrent.RejectedExecutionException where the thread has ended
   */
  @Override
  void execute(Runnable task);
}
