package io.lhttp.app.reload;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Does something small again and again, on one thread of its own, until it is closed. */
public final class Lookout implements AutoCloseable {
  private static final Duration EVERY = Duration.ofMillis(250);

  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("lhttp-probation").factory());

  /**
   * @param look must not throw: it would be the last time
   */
  public Lookout(Runnable look) {
    thread.scheduleWithFixedDelay(look, 0, EVERY.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
