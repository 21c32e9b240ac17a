package io.lhttp.app.reload;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Decides for how long the caller of a reload waits. */
@FunctionalInterface
public interface CallerWait {
  /** Returns once the reload has its result, or the wait is over. */
  void await(CompletableFuture<?> result) throws InterruptedException;

  static CallerWait of(Duration deadline) {
    return result -> {
      try {
        result.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
      } catch (TimeoutException _) {
        // The reload has ended, which the caller finds out itself.
      } catch (ExecutionException e) {
        throw new IllegalStateException("a reload's result is never an exception", e);
      }
    };
  }
}
