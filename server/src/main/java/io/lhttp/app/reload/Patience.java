package io.lhttp.app.reload;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** How long whoever has asked for a reload waits for it. */
@FunctionalInterface
public interface Patience {
  /** Returns once the reload has its result, or is not to be waited for any longer. */
  void await(CompletableFuture<?> result) throws InterruptedException;

  static Patience of(Duration deadline) {
    return result -> {
      try {
        result.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
      } catch (TimeoutException _) {
        // it is over
      } catch (ExecutionException e) {
        throw new IllegalStateException("a reload's result is never an exception", e);
      }
    };
  }
}
