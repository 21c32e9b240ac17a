package io.lhttp.scripts;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A script thread of our own, to which connections are pinned. A worker that nothing stops is
 * abandoned: another takes its place, what waits goes on there, and it gets no more of the
 * processors than others leave.
 */
final class OwnThread extends ScriptThread {
  private static final int MAX_WAITING = 100_000;

  private final LinkedBlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>(MAX_WAITING);
  private volatile Thread worker;
  private volatile @Nullable SystemThread system;
  private volatile boolean closed;

  OwnThread(int index) {
    super(index);
    worker = unstarted();
    worker.start();
  }

  @Override
  boolean isCurrent() {
    return Thread.currentThread() == worker;
  }

  @Override
  void execute(Runnable task) {
    if (closed || !tasks.offer(task)) {
      throw new RejectedExecutionException("script thread " + index + " is closed or too busy");
    }
  }

  @Override
  boolean replaceable() {
    return true;
  }

  /** Leaves the worker to what it is at. */
  @Override
  void replace() {
    var abandoned = system;
    if (!closed) {
      worker = unstarted();
      worker.start();
    }
    if (abandoned != null) {
      abandoned.standBack();
    }
  }

  @Override
  void close() {
    closed = true;
    worker.interrupt();
  }

  private Thread unstarted() {
    return Thread.ofPlatform().daemon().name("lhttp-script-" + index).unstarted(this::work);
  }

  private void work() {
    var self = SystemThread.current();
    system = self;
    try {
      while (!closed && isCurrent()) { // not abandoned meanwhile
        takeOne();
      }
    } finally {
      self.end();
    }
  }

  private void takeOne() {
    Runnable task;
    try {
      task = tasks.take();
    } catch (InterruptedException _) {
      return; // a watchdog's that came late, or the end
    }
    task.run();
  }
}
