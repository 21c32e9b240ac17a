package io.lhttp.app.reload;

import io.lhttp.internal.log.ErrorLog;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;

/** Runs a short task periodically, on one thread of its own, until it is closed. */
public final class FolderWatcher implements AutoCloseable {
  private static final Duration EVERY = Duration.ofMillis(250);

  private final ScheduledExecutorService thread;

  public FolderWatcher(Runnable look) {
    this("lhttp-probation", "the check of a probation", look);
  }

  /**
   * @param name the thread's name
   * @param task the name of the task in the log
   * @param look the task
   */
  public FolderWatcher(String name, String task, Runnable look) {
    var errors = new ErrorLog(LoggerFactory.getLogger(FolderWatcher.class), task);
    thread =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name(name).factory());
    thread.scheduleWithFixedDelay(errors.guard(look), 0, EVERY.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
