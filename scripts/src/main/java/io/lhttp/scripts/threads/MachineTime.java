package io.lhttp.scripts.threads;

import io.lhttp.internal.log.ErrorLog;
import io.lhttp.scripts.ScriptHost;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/** The machine's clock, and a thread that runs timers. */
public final class MachineTime implements ScriptTime {
  private static final ErrorLog errors = new ErrorLog(ScriptHost.log, "a script's timer");

  private final ScheduledExecutorService timers =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("lhttp-script-timers").factory());

  @Override
  public Instant instant() {
    return Instant.now();
  }

  @Override
  public long millis() {
    return System.currentTimeMillis();
  }

  @Override
  public Alarm after(long millis, Runnable ring) {
    var future = timers.schedule(errors.guard(ring), millis, TimeUnit.MILLISECONDS);
    return () -> future.cancel(false);
  }

  @Override
  public void await(CompletableFuture<Void> done, Duration longest, BooleanSupplier busy)
      throws InterruptedException, ExecutionException, TimeoutException {
    done.get(longest.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    timers.shutdownNow();
  }
}
