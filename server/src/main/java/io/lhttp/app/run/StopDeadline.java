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
    guard = after("lhttp-end", time, () -> halt(ending, time));
  }

  @Override
  public void close() {
    if (guard != null) {
      guard.interrupt();
    }
  }

  private void halt(Thread ending, Duration time) {
    log.error(
        "the process did not end within {} and is halted at={}", time, InnermostFrame.of(ending));
    halt.run();
  }

  /**
   * Starts a daemon thread of this name that runs a task after the time, unless it is interrupted
   * before.
   *
   * @param late the task for a process that has not ended by then
   */
  static Thread after(String name, Duration time, Runnable late) {
    return Thread.ofPlatform()
        .daemon()
        .name(name)
        .start(() -> {
          try {
            Thread.sleep(time);
          } catch (InterruptedException _) {
            return;
          }
          late.run();
        });
  }
}
