package io.lhttp.testing;

import io.lhttp.ConnectionExecutor;
import java.util.concurrent.locks.ReentrantLock;

/** Runs each task at once, on the thread of the caller. Other callers wait in the meantime. */
final class CallersExecutor implements ConnectionExecutor {
  /** The only instance, which stands for a single event loop. */
  static final ConnectionExecutor SHARED = new CallersExecutor();

  private final ReentrantLock turn = new ReentrantLock();

  private CallersExecutor() {}

  @Override
  public int index() {
    return 0;
  }

  @Override
  public boolean isCurrent() {
    return turn.isHeldByCurrentThread();
  }

  @Override
  public void execute(Runnable task) {
    turn.lock();
    try {
      task.run();
    } finally {
      turn.unlock();
    }
  }
}
