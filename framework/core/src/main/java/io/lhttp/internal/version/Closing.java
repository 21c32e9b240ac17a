package io.lhttp.internal.version;

import io.lhttp.internal.measure.InnermostFrame;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Closes links, each on a thread of its own, so that a link that hangs delays no other. */
final class Closing {
  private static final Logger log = LoggerFactory.getLogger(Closing.class);

  private final Duration time;

  /**
   * @param time the longest wait for all links together
   */
  Closing(Duration time) {
    this.time = time;
  }

  /**
   * Returns when all links are closed or the time is over. Links that still close are logged and
   * left behind.
   */
  void close(Collection<Instance> instances) {
    var threads = new ArrayList<Thread>();
    for (var instance : instances) {
      if (instance.object() instanceof AutoCloseable) {
        threads.add(
            Thread.ofPlatform()
                .daemon()
                .name("lhttp-close-" + instance.name())
                .start(instance::close));
      }
    }
    var end = System.nanoTime() + time.toNanos();
    var interrupted = false;
    for (var thread : threads) {
      interrupted |= join(thread, end);
      if (thread.isAlive()) {
        log.error(
            "a link did not close in time and is abandoned thread={} after={} at={}",
            thread.getName(),
            time,
            InnermostFrame.of(thread));
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits without regard to interrupts; returns whether there was one. */
  private static boolean join(Thread thread, long end) {
    var interrupted = false;
    while (thread.isAlive()) {
      var left = Duration.ofNanos(end - System.nanoTime());
      if (!left.isPositive()) {
        break;
      }
      try {
        var _ = thread.join(left);
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    return interrupted;
  }
}
