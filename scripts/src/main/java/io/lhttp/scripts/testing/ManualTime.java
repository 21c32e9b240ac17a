package io.lhttp.scripts.testing;

import io.lhttp.scripts.threads.ScriptTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/**
 * The clock of tests. It stands still until a test advances it, and starts at the beginning of
 * 2026, UTC. If a thread waits for a script that waits for a timer, the clock advances to that
 * timer by itself. All threads may use it.
 */
public final class ManualTime implements ScriptTime {
  private static final int LOOK_AGAIN_MILLIS = 5;

  /** The current time in milliseconds since 1970. Guarded by this object's lock. */
  private long now = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();

  /**
   * The pending timers by their time; those with the same time in the order in which they were set.
   * Guarded by this object's lock.
   */
  private final PriorityQueue<Ring> rings =
      new PriorityQueue<>(Comparator.comparingLong(Ring::at).thenComparingLong(Ring::number));

  /** The number of timers that were set so far. Guarded by this object's lock. */
  private long numbers;

  private record Ring(long at, long number, Runnable task) {}

  @Override
  public Instant instant() {
    return Instant.ofEpochMilli(millis());
  }

  @Override
  public synchronized long millis() {
    return now;
  }

  /**
   * Advances the clock. The timers that become due run on this thread, in their order, and each
   * sees its own time.
   */
  public void advance(Duration by) {
    var end = millis() + by.toMillis();
    while (ring(end)) {
      // The next step of the loop runs the next timer.
    }
    moveTo(end);
  }

  @Override
  public synchronized Alarm after(long millis, Runnable task) {
    var ring = new Ring(now + millis, numbers++, task);
    rings.add(ring);
    return () -> remove(ring);
  }

  /** Sets a timer of Java code. Running the returned task cancels it. */
  public Runnable later(Duration delay, Runnable task) {
    return after(delay.toMillis(), task)::cancel;
  }

  @Override
  public void await(CompletableFuture<Void> done, Duration longest, BooleanSupplier busy)
      throws InterruptedException, ExecutionException, TimeoutException {
    var end = millis() + longest.toMillis();
    while (!done.isDone()) {
      if (busy.getAsBoolean()) {
        look(done);
      } else if (!done.isDone() && !ring(end)) {
        moveTo(end);
        throw new TimeoutException("nothing would happen any more");
      }
    }
    done.get();
  }

  @Override
  public synchronized void close() {
    rings.clear();
  }

  private static void look(CompletableFuture<Void> done)
      throws InterruptedException, ExecutionException {
    try {
      done.get(LOOK_AGAIN_MILLIS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException _) {
      // The thread that waits looks at the promise again.
    }
  }

  /** Runs the next timer if it is due at this time. Returns false if none is. */
  private boolean ring(long latest) {
    var next = take(latest);
    next.ifPresent(ring -> ring.task.run());
    return next.isPresent();
  }

  private synchronized Optional<Ring> take(long latest) {
    var next = rings.peek();
    if (next == null || next.at > latest) {
      return Optional.empty();
    }
    rings.remove();
    now = Math.max(now, next.at);
    return Optional.of(next);
  }

  private synchronized void moveTo(long end) {
    now = Math.max(now, end);
  }

  private synchronized void remove(Ring ring) {
    rings.remove(ring);
  }
}
