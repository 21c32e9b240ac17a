package io.lhttp.testing;

import io.lhttp.Home;
import java.util.concurrent.locks.ReentrantLock;

/** Runs each task at once, on the thread that brings it, while others wait. */
final class CallersHome implements Home {
  /** One for all, as if there were one event loop. */
  static final Home SHARED = new CallersHome();

  private final ReentrantLock turn = new ReentrantLock();

  private CallersHome() {}

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
