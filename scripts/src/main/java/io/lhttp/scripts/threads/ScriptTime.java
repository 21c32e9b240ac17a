package io.lhttp.scripts.threads;

import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/** The clock and the timers of scripts. All threads may use it. */
public interface ScriptTime extends InstantSource, AutoCloseable {
  /** A pending timer. */
  @FunctionalInterface
  interface Alarm {
    void cancel();
  }

  /** Runs a task once, after a delay, on any thread. The task must be short. */
  Alarm after(long millis, Runnable ring);

  /**
   * Waits until a future completes, by this clock.
   *
   * @param busy whether work is under way that this clock does not measure, such as a request
   * @throws TimeoutException after {@code longest}
   */
  void await(CompletableFuture<Void> done, Duration longest, BooleanSupplier busy)
      throws InterruptedException, ExecutionException, TimeoutException;

  @Override
  void close();
}
