package io.lhttp.internal.version;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The right to change the generation, from the first hand-over of its links to the swap. One change
 * at a time has it; any thread may end it. One object for each server.
 */
final class ChangeRight {
  private final Semaphore right = new Semaphore(1);
  private volatile boolean closed;

  /**
   * Waits for the right to change the generation. If it is free, the thread gets it even if users'
   * code has interrupted the thread.
   *
   * @return false if another change kept the right for all of this time
   * @throws CancellationException if the thread was interrupted, or {@link #close} was called
   */
  boolean begin(Duration wait) {
    try {
      if (!right.tryAcquire() && !right.tryAcquire(wait.toMillis(), TimeUnit.MILLISECONDS)) {
        return false;
      }
    } catch (InterruptedException ignored) {
      Thread.currentThread().interrupt();
      throw new CancellationException(
          "interrupted while another change of the chain was under way");
    }
    if (closed) {
      right.release();
      throw new CancellationException("the server is closed");
    }
    return true;
  }

  void end() {
    right.release();
  }

  /** The number of threads that wait for the right. */
  int waiting() {
    return right.getQueueLength();
  }

  /** Refuses further changes, and waits until a running change has ended, for this time at most. */
  void close(Duration wait) {
    if (closed) {
      return;
    }
    var begun = false;
    try {
      begun = right.tryAcquire(wait.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException ignored) {
      Thread.currentThread().interrupt();
    }
    closed = true;
    if (begun) {
      right.release();
    }
  }
}
