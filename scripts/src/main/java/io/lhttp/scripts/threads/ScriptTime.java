package io.lhttp.scripts.threads;

import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/** Time as scripts have it. Safe for all threads. */
public interface ScriptTime extends InstantSource, AutoCloseable {
  /** Something that is to ring. */
  @FunctionalInterface
  interface Alarm {
    void cancel();
  }

  /** Rings once, from whichever thread; what rings must not take long. */
  Alarm after(long millis, Runnable ring);

  /**
   * Waits until it is done.
   *
   * @param busy whether something is under way that takes no time of this kind
   * @throws TimeoutException after so long
   */
  void await(CompletableFuture<Void> done, Duration longest, BooleanSupplier busy)
      throws InterruptedException, ExecutionException, TimeoutException;

  @Override
  void close();
}
