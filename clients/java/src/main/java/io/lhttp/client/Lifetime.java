package io.lhttp.client;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The futures with which the application waits for the first connection and for the end of the
 * client. The client's lock guards the end; futures complete on the executor.
 */
final class Lifetime {
  private final Executor executor;
  private final CompletableFuture<Void> opened = new CompletableFuture<>();
  private final CompletableFuture<Closed> closed = new CompletableFuture<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  private @Nullable Closed end;

  Lifetime(Executor executor) {
    this.executor = executor;
  }

  CompletableFuture<Void> opened() {
    return opened.copy();
  }

  CompletableFuture<Closed> closed() {
    return closed.copy();
  }

  void open() {
    executor.execute(() -> opened.complete(null));
  }

  boolean isOver() {
    return end != null;
  }

  /** Creates the exception for a call that comes while the client closes or after that. */
  ConnectionClosedException exception() {
    return new ConnectionClosedException(end == null ? Closed.byClient() : end);
  }

  /** Ends the client's life. The future {@link #closed} completes after the last callback. */
  void end(Closed last, Notifier notifier) {
    end = last;
    executor.execute(() -> opened.completeExceptionally(new ConnectionClosedException(last)));
    notifier.ended(last, closed);
    ended.countDown();
  }

  /**
   * Waits until the client has ended, at most for {@code patience}. The caller must not hold the
   * lock.
   */
  void awaitEnd(Duration patience) {
    try {
      var unused = ended.await(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
