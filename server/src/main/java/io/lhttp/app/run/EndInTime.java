package io.lhttp.app.run;

import io.lhttp.internal.measure.Whereabouts;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that a process that was told to stop ends, even where something hangs that it closes:
 * after its time it names where the ending thread stands, and halts. Until it is closed.
 */
final class EndInTime implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EndInTime.class);

  private final Runnable halt;
  private @Nullable Thread guard;

  /**
   * @param halt ends the process on the spot
   */
  EndInTime(Runnable halt) {
    this.halt = halt;
  }

  /** From now on the calling thread has this time to end the process. To be called once. */
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
        "the end takes longer than {}, so the process is halted at={}",
        time,
        Whereabouts.of(ending));
    halt.run();
  }
}
