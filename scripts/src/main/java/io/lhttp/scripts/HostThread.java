package io.lhttp.scripts;

import io.lhttp.internal.log.ErrorLog;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;

/**
 * A script thread of the host, on which the calls of some connections run. A worker is the JVM's
 * thread that does the work. If no interrupt stops a call, another worker takes over and runs the
 * waiting tasks.
 */
final class HostThread extends ScriptThread {
  private static final int MAX_WAITING = 100_000;
  private static final ErrorLog errors = new ErrorLog(ScriptHost.log, "a script thread");

  private final LinkedBlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>(MAX_WAITING);
  private volatile Thread worker;
  private volatile boolean closed;

  HostThread(int index) {
    super(index);
    worker = unstarted();
    worker.start();
  }

  @Override
  boolean isCurrent() {
    return Thread.currentThread() == worker;
  }

  @Override
  public void execute(Runnable task) {
    if (closed || !tasks.offer(task)) {
      throw new RejectedExecutionException("script thread " + index + " is closed or too busy");
    }
  }

  @Override
  public boolean replaceable() {
    return true;
  }

  /** Abandons the worker in its current call, and starts a new one. */
  @Override
  void replace() {
    if (!closed) {
      worker = unstarted();
      worker.start();
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
    while (!closed) {
      Runnable task;
      try {
        task = tasks.take();
      } catch (InterruptedException _) {
        continue; // a late interrupt of the watchdog, or the end of this thread
      }
      errors.run(task);
      if (!isCurrent()) {
        return; // another worker has taken over
      }
    }
  }
}
