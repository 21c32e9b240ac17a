package io.lhttp.app.run;

import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * The steps of a start, one after the other. Each that lasts over a second gets one line while it
 * lasts and one when it is over. Safe for all threads.
 */
final class Steps implements AutoCloseable {
  static final Duration LONG = Duration.ofSeconds(1);
  private static final Duration PAUSE = Duration.ofMillis(100);

  private final Consumer<String> teller;
  private final LongSupplier nanoTime;

  // Guarded by this.
  private String step = "";
  private long began;
  private boolean told;
  private boolean over;

  /**
   * @param teller takes a line
   */
  Steps(Consumer<String> teller, LongSupplier nanoTime) {
    this.teller = teller;
    this.nanoTime = nanoTime;
  }

  /** Steps that a thread looks at until they are closed. */
  static Steps watched(Consumer<String> teller) {
    var steps = new Steps(teller, System::nanoTime);
    Thread.ofPlatform().daemon().name("lhttp-start").start(steps::watch);
    return steps;
  }

  /** The step before is over, and this one begins. */
  synchronized void begin(String name) {
    end();
    step = name;
    began = nanoTime.getAsLong();
    told = false;
  }

  /** Tells of the step that lasts too long; returns whether there is more to come. */
  synchronized boolean look() {
    if (!over && !step.isEmpty() && !told && isLong()) {
      told = true;
      teller.accept(step + " …");
    }
    return !over;
  }

  /** The last step is over. */
  @Override
  public synchronized void close() {
    end();
    over = true;
  }

  private void end() {
    if (!step.isEmpty() && isLong()) {
      var seconds = (nanoTime.getAsLong() - began) / 1e9;
      teller.accept(String.format(Locale.ROOT, "%s: %.1f s", step, seconds));
    }
    step = "";
  }

  private boolean isLong() {
    return nanoTime.getAsLong() - began > LONG.toNanos();
  }

  void watch() {
    try {
      while (look()) {
        Thread.sleep(PAUSE);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
