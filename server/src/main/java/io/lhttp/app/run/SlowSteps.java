package io.lhttp.app.run;

import io.lhttp.internal.measure.InnermostFrame;
import java.io.Console;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Reports slow steps of a server's start, or of another command. A step of more than a second gets
 * one line while it lasts, and one at its end. All threads may use it.
 */
public final class SlowSteps implements AutoCloseable {
  /** The time after which a person wants to know why nothing happens. */
  public static final Duration LONG = Duration.ofSeconds(1);

  private static final Duration PAUSE = Duration.ofMillis(100);

  /** The age of a step at which its place is reported first; then at twice this, and so on. */
  static final Duration HANGING = Duration.ofSeconds(10);

  private final Consumer<String> printer;
  private final LongSupplier nanoTime;
  private final boolean places;

  // The name of the current step. The fields from here on are guarded by this object's lock.
  private String step = "";
  private long began;
  private boolean reported;
  private Thread runner = Thread.currentThread();
  private long nextPlace;
  private boolean over;

  /**
   * @param printer prints a line for the user
   */
  SlowSteps(Consumer<String> printer, LongSupplier nanoTime) {
    this(printer, nanoTime, false);
  }

  /**
   * @param places whether a step that goes on is reported with the line in which its thread stands
   */
  SlowSteps(Consumer<String> printer, LongSupplier nanoTime, boolean places) {
    this.printer = printer;
    this.nanoTime = nanoTime;
    this.places = places;
  }

  /** Creates steps that a thread checks until they are closed, with their places. */
  static SlowSteps ofStart(Consumer<String> printer) {
    return watched(new SlowSteps(printer, System::nanoTime, true));
  }

  /** Creates steps that a thread checks until they are closed. */
  static SlowSteps watched(Consumer<String> printer) {
    return watched(new SlowSteps(printer, System::nanoTime));
  }

  private static SlowSteps watched(SlowSteps steps) {
    Thread.ofPlatform().daemon().name("lhttp-start").start(steps::watch);
    return steps;
  }

  /** Creates steps that are reported to a person at a terminal, and to nobody else. */
  public static SlowSteps atTerminal(PrintWriter err) {
    return isTerminal()
        ? watched(step -> err.println("lhttp: " + step))
        : new SlowSteps(_ -> {}, System::nanoTime);
  }

  /** Whether the command runs at a terminal. */
  public static boolean isTerminal() {
    return Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
  }

  /** Ends the previous step, and begins a new one. */
  public synchronized void begin(String name) {
    end();
    step = name;
    began = nanoTime.getAsLong();
    reported = false;
    runner = Thread.currentThread();
    nextPlace = HANGING.toNanos();
  }

  /** Reports the current step if it lasts too long. Returns false once the steps are closed. */
  synchronized boolean check() {
    if (!over && !step.isEmpty() && !reported && isLong()) {
      reported = true;
      printer.accept(step + " …");
    }
    var age = nanoTime.getAsLong() - began;
    if (places && !over && !step.isEmpty() && age >= nextPlace) {
      nextPlace = 2 * age;
      printer.accept(
          "%s: %d s so far, at %s".formatted(step, age / 1_000_000_000, InnermostFrame.of(runner)));
    }
    return !over;
  }

  /** Ends the last step. */
  @Override
  public synchronized void close() {
    end();
    over = true;
  }

  private void end() {
    if (!step.isEmpty() && isLong()) {
      var seconds = (nanoTime.getAsLong() - began) / 1e9;
      printer.accept(String.format(Locale.ROOT, "%s: %.1f s", step, seconds));
    }
    step = "";
  }

  private boolean isLong() {
    return nanoTime.getAsLong() - began > LONG.toNanos();
  }

  void watch() {
    try {
      while (check()) {
        Thread.sleep(PAUSE);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
