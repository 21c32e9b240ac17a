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
 * Time that stands until it is moved: for tests. It begins with 2026, UTC. Where somebody waits for
 * a script that waits for a timer, it moves on to that timer by itself. Safe for all threads.
 */
public final class ManualTime implements ScriptTime {
  private static final int LOOK_AGAIN_MILLIS = 5;

  /** Guarded by this. */
  private long now = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();

  /** Guarded by this; the same moment's in the order in which they were set. */
  private final PriorityQueue<Ring> rings =
      new PriorityQueue<>(Comparator.comparingLong(Ring::at).thenComparingLong(Ring::number));

  /** Guarded by this. */
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

  /** Moves on; what is due on the way rings in its order, at its moment, on this thread. */
  public void advance(Duration by) {
    var end = millis() + by.toMillis();
    while (ring(end)) {
      // the next
    }
    moveTo(end);
  }

  @Override
  public synchronized Alarm after(long millis, Runnable task) {
    var ring = new Ring(now + millis, numbers++, task);
    rings.add(ring);
    return () -> remove(ring);
  }

  /** As a timer of whoever waits for no script: what is returned calls it off. */
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
      // whoever waits looks again
    }
  }

  /** Rings what is due next, if that is not later. */
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
