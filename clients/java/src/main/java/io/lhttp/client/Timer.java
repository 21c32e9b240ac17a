package io.lhttp.client;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.time.Duration;
import java.util.concurrent.ForkJoinPool;

/** Time. Tests bring their own. */
interface Timer {
  /** The JDK's common pool, which keeps time in one thread. */
  Timer SYSTEM =
      new Timer() {
        @Override
        public long nanoTime() {
          return System.nanoTime();
        }

        @Override
        public Cancel after(Duration delay, Runnable task) {
          var scheduled = ForkJoinPool.commonPool().schedule(task, delay.toNanos(), NANOSECONDS);
          return () -> scheduled.cancel(false);
        }
      };

  /** Keeps a task from running, unless it has begun. */
  @FunctionalInterface
  interface Cancel {
    void cancel();
  }

  /** As {@link System#nanoTime}. */
  long nanoTime();

  /** Runs a task once; it may not block. */
  Cancel after(Duration delay, Runnable task);
}
