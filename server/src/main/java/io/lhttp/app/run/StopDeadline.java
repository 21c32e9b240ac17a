package io.lhttp.app.run;

import io.lhttp.internal.measure.InnermostFrame;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a process that was told to stop, even if closing something hangs. When the time is over, it
 * logs the place where the ending thread hangs, and halts the process. Closing this object cancels
 * that.
 */
final class StopDeadline implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StopDeadline.class);

  private final Runnable halt;
  private @Nullable Thread guard;

  /**
   * @param halt ends the process at once
   */
  StopDeadline(Runnable halt) {
    this.halt = halt;
  }

  /** Gives the calling thread this time to end the process. It must be called once. */
  void within(Duration time) {
    var ending = Thread.currentThread();
    guard = Thread.ofPlatform().daemon().name("lhttp-end").start(() -> guard(ending, time));
  }

  @Override
  public void close() {
    if (guard != null) {
      guard.interrupt();
    }
  }

  private void guard(Thread ending, Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException _) {
      return;
    }
    log.error(
        "the process did not end within {} and is halted at={}", time, InnermostFrame.of(ending));
    halt.run();
  }
}
