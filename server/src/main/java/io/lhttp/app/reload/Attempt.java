package io.lhttp.app.reload;

import java.time.Instant;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A reload under way, on a thread of its own. It ends once: with a result, or because whoever waits
 * for it gives it up. Both are decided under its lock, so that a reload that was given up changes
 * nothing any more, however late it is through with its work.
 */
public final class Attempt {
  private static final Logger log = LoggerFactory.getLogger(Attempt.class);

  private final Instant since;
  private final CompletableFuture<ReloadResult> result = new CompletableFuture<>();

  // Guarded by this.
  private boolean givenUp;
  private @Nullable AutoCloseable unfinished;

  Attempt(Instant since) {
    this.since = since;
  }

  /** When it began. */
  public Instant since() {
    return since;
  }

  /**
   * Closes this, on any thread, if the reload is given up.
   *
   * @throws CancellationException where it was given up already; it is the caller's to close then
   */
  public synchronized void holds(AutoCloseable unfinished) {
    requireWanted();
    this.unfinished = unfinished;
  }

  /**
   * Puts the result in place, unless the reload was given up.
   *
   * @param put changes what runs; must not wait. Null where it could not: the reload goes on
   * @return whether the reload has ended
   * @throws CancellationException where it was given up: nothing was put in place
   */
  public synchronized boolean finish(Supplier<@Nullable ReloadResult> put) {
    requireWanted();
    var came = put.get();
    return came != null && result.complete(came);
  }

  /** Waits for the result. */
  void await(Patience patience) throws InterruptedException {
    patience.await(result);
  }

  /**
   * Nothing that it does from now on counts.
   *
   * @return the result, where it came just before
   */
  @Nullable ReloadResult giveUp() {
    AutoCloseable left;
    synchronized (this) {
      if (result.isDone()) {
        return result.join();
      }
      givenUp = true;
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
      log.error("what a reload has left behind could not be closed", e);
    }
  }

  private void requireWanted() {
    if (givenUp) {
      throw new CancellationException("this reload was given up");
    }
  }
}
