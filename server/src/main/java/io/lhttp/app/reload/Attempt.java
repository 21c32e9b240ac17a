package io.lhttp.app.reload;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running reload, on a thread of its own. It ends once: with a result, or because its caller
 * abandons it. Its lock decides between the two. An abandoned reload changes nothing, even if it
 * finishes later.
 */
public final class Attempt {
  private static final Logger log = LoggerFactory.getLogger(Attempt.class);

  private final Instant since;
  private final CompletableFuture<ReloadResult> result = new CompletableFuture<>();

  // These fields are guarded by this object's lock.
  private boolean givenUp;
  private @Nullable AutoCloseable unfinished;
  private Supplier<HangingCall> call = () -> HangingCall.OF_NO_LINK;

  /** Opens once the reload has a result or was abandoned. */
  private final CountDownLatch over = new CountDownLatch(1);

  Attempt(Instant since) {
    this.since = since;
  }

  /** The time when the reload began. */
  public Instant since() {
    return since;
  }

  /**
   * Registers an object that has to be closed if the reload is abandoned; any thread may close it.
   *
   * @param call describes the code of users that runs now; any thread may call it
   * @throws CancellationException if the reload was abandoned already; the caller must then close
   *     the object
   */
  synchronized void holds(AutoCloseable unfinished, Supplier<HangingCall> call) {
    requireWanted();
    this.unfinished = unfinished;
    this.call = call;
  }

  /** The code of users in which the reload hangs, if it does. */
  HangingCall call() {
    Supplier<HangingCall> current;
    synchronized (this) {
      current = call;
    }
    return current.get();
  }

  /**
   * Ends the reload with a result, unless it was abandoned.
   *
   * @param put changes the running generation, and must not block. Returns null if the change was
   *     impossible; the reload then continues
   * @return whether the reload has ended
   * @throws CancellationException if the reload was abandoned; {@code put} was not called
   */
  public synchronized boolean finish(Supplier<@Nullable ReloadResult> put) {
    requireWanted();
    var came = put.get();
    if (came == null) {
      return false;
    }
    over.countDown();
    return result.complete(came);
  }

  /** Waits at most for this time. Returns whether the reload has ended or was abandoned. */
  boolean endsWithin(Duration time) throws InterruptedException {
    return over.await(time.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Waits for the result, until the wait ends. */
  void await(CallerWait wait) throws InterruptedException {
    wait.await(result);
  }

  /**
   * Abandons the reload, so that its later results have no effect.
   *
   * @return the result, if the reload ended in the last moment
   */
  @Nullable ReloadResult giveUp() {
    AutoCloseable left;
    synchronized (this) {
      if (result.isDone()) {
        return result.join();
      }
      givenUp = true;
      over.countDown();
      left = unfinished;
    }
    if (left != null) {
      Thread.ofPlatform().daemon().name("lhttp-reload-close").start(() -> close(left));
    }
    return null;
  }

  private static void close(AutoCloseable left) {
    try {
      left.close();
    } catch (Exception e) {
      log.error("failed to close a link of an abandoned reload", e);
    }
  }

  private void requireWanted() {
    if (givenUp) {
      throw new CancellationException("this reload was given up");
    }
  }
}
