package io.lhttp.internal.version;

import io.lhttp.chain.HandOverException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Calls {@code handOver} and {@code takeOver} of links, each call on its own thread. The caller
 * does not wait for a call that hangs. All threads may use it.
 */
final class TimedCalls {
  private final StateOwners owners;
  private final HangWatch hangs;
  private final Duration time;

  /**
   * @param time the time that a call may take; after it the call counts as hanging
   */
  TimedCalls(StateOwners owners, HangWatch hangs, Duration time) {
    this.owners = owners;
    this.hangs = hangs;
    this.time = time;
  }

  /** Calls {@code handOver}. */
  Optional<Object> handOver(Instance instance) throws Exception {
    return call(instance, "handOver", () -> owners.handOver(instance));
  }

  /**
   * Calls {@code takeOver}. The link is the owner afterwards. If another link took over while the
   * call hung, this link hands over at once instead, and its state is dropped.
   */
  void takeOver(Instance instance, Optional<Object> state) throws Exception {
    var unused =
        call(
            instance,
            "takeOver",
            () -> {
              owners.takeOver(instance, state);
              return owners.tookBack(instance) || owners.handOver(instance).isEmpty();
            });
  }

  private <T> T call(Instance instance, String method, Callable<T> call) throws Exception {
    var result = new CompletableFuture<T>();
    var thread =
        Thread.ofPlatform()
            .daemon()
            .name("lhttp-hand-over-" + instance.name())
            .start(() -> {
              try {
                result.complete(call.call());
              } catch (Throwable thrown) {
                result.completeExceptionally(thrown);
              }
            });
    hangs.watch(instance, method, thread, time);
    return get(result);
  }

  /**
   * Waits for the result even if this thread is interrupted, because other links wait for their
   * state.
   */
  private <T> T get(CompletableFuture<T> result) throws Exception {
    var end = System.nanoTime() + time.toNanos();
    var interrupted = false;
    try {
      while (true) {
        try {
          return result.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException ignored) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception exception ? exception : e;
    } catch (TimeoutException e) {
      throw new HandOverException("it hangs", e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
