package io.lhttp.client.internal.transport;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;

/** A clock, and tasks that run later. */
public interface Timer {
  /**
   * The system's clock. One thread runs the tasks of all clients, because other code may block the
   * JDK's common pool.
   */
  Timer SYSTEM =
      new Timer() {
        private final ScheduledThreadPoolExecutor thread = thread();

        @Override
        public long nanoTime() {
          return System.nanoTime();
        }

        @Override
        public Cancel after(Duration delay, Runnable task) {
          var scheduled = thread.schedule(task, delay.toNanos(), NANOSECONDS);
          return () -> scheduled.cancel(false);
        }

        private static ScheduledThreadPoolExecutor thread() {
          var thread =
              new ScheduledThreadPoolExecutor(
                  1, task -> NewerJdk.daemon("lhttp-client-timer", task));
          thread.setRemoveOnCancelPolicy(true);
          return thread;
        }
      };

  /** Prevents a task from running, unless it has begun. */
  @FunctionalInterface
  interface Cancel {
    void cancel();
  }

  /** The time, as {@link System#nanoTime}. */
  long nanoTime();

  /** Runs a task once, after the delay. The task must not block. */
  Cancel after(Duration delay, Runnable task);
}
