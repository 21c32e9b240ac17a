package io.lhttp.internal.measure;

import io.lhttp.internal.log.ErrorLog;
import java.time.Duration;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** The thread of a watch, which looks at regular intervals until it is closed. */
final class WatchThread implements AutoCloseable {
  private final String name;
  private final Duration interval;
  private final ErrorLog errors;
  private final LongConsumer look;
  private volatile @Nullable Thread thread;

  /**
   * @param errors gets the exceptions of a look, so that the next one takes place
   * @param look gets the time as {@link System#nanoTime} returns it
   */
  WatchThread(String name, Duration interval, ErrorLog errors, LongConsumer look) {
    this.name = name;
    this.interval = interval;
    this.errors = errors;
    this.look = look;
  }

  void start() {
    thread = Thread.ofPlatform().daemon().name(name).start(this::watch);
  }

  @Override
  public void close() {
    var running = thread;
    if (running != null) {
      running.interrupt();
    }
  }

  private void watch() {
    while (!Thread.currentThread().isInterrupted()) {
      try {
        Thread.sleep(interval);
      } catch (InterruptedException e) {
        return;
      }
      errors.run(() -> look.accept(System.nanoTime()));
    }
  }
}
