package io.lhttp.app.reload;

import io.lhttp.internal.log.ErrorLog;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;

/** Runs a short task periodically, on one thread of its own, until it is closed. */
public final class PeriodicTask implements AutoCloseable {
  private static final Duration EVERY = Duration.ofMillis(250);

  private final ScheduledExecutorService thread;

  /**
   * @param name the thread's name
   * @param task the name of the task in the log
   * @param run the task; an exception is logged, and the next run takes place
   */
  public PeriodicTask(String name, String task, Runnable run) {
    var errors = new ErrorLog(LoggerFactory.getLogger(PeriodicTask.class), task);
    thread =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name(name).factory());
    thread.scheduleWithFixedDelay(errors.guard(run), 0, EVERY.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
