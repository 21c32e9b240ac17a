package io.lhttp.scripts;

import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.scripts.context.ScriptContext;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * One script's realms, by script thread. A realm that was lost with its thread is loaded again, as
 * often as it takes; meanwhile its callers go to another. Safe for all threads.
 */
final class Seats implements AutoCloseable {
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);
  private static final Duration COME_AGAIN = Duration.ofSeconds(1);

  /** Makes the realm of a script thread. */
  @FunctionalInterface
  interface Loader {
    ScriptContext load(int thread);
  }

  /** A realm, and the one that will take its place. */
  private record Seat(ScriptContext realm, CompletableFuture<ScriptContext> next) {
    Seat(ScriptContext realm) {
      this(realm, new CompletableFuture<>());
    }
  }

  private final String name;
  private final Loader loader;
  private final Duration firstPause;
  private final AtomicReferenceArray<Seat> seats;
  private final CountDownLatch closed = new CountDownLatch(1);

  /**
   * @param name the script's, for the operator
   * @param firstPause after the first attempt to load a realm again; later ones are twice as long
   *     each
   */
  Seats(String name, Loader loader, Duration firstPause, ScriptContext[] realms) {
    this.name = name;
    this.loader = loader;
    this.firstPause = firstPause;
    this.seats = new AtomicReferenceArray<>(realms.length);
    for (var i = 0; i < realms.length; i++) {
      seats.set(i, new Seat(realms[i]));
    }
  }

  /** One of them, where it does not matter which. */
  ScriptContext first() {
    return seats.get(0).realm;
  }

  /**
   * The realm of a script thread. Where it was lost: another thread's, or the next one, which is
   * waited for; only threads that may wait come to a realm that can be lost.
   *
   * @throws RefusedException 503 where it could not be loaded again so far
   */
  ScriptContext at(int thread, Duration longest) throws InterruptedException {
    var seat = seats.get(thread);
    if (!seat.realm.lost()) {
      return seat.realm;
    }
    for (var i = 0; i < seats.length(); i++) {
      var other = seats.get(i).realm;
      if (!other.lost()) {
        return other;
      }
    }
    try {
      return seat.next.get(longest.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException | TimeoutException _) {
      throw new RefusedException(
          Outcome.refused(503, "the script is being loaded again").retryAfter(COME_AGAIN));
    }
  }

  /** How many calls were made in all realms that are there. */
  long calls() {
    var calls = 0L;
    for (var i = 0; i < seats.length(); i++) {
      calls += seats.get(i).realm.calls();
    }
    return calls;
  }

  /**
   * Goes on without a realm that is lost with its thread. Returns at once.
   *
   * @param ended is run when the call that the realm was lost to has ended after all
   */
  void replace(ScriptContext lost, Runnable ended) {
    lost.thread().replace();
    start("lhttp-script-reload", () -> loadAgain(lost.thread().index));
    start(
        "lhttp-script-end",
        () -> {
          try {
            lost.close(); // waits for its call
          } finally {
            ended.run();
          }
        });
  }

  @Override
  public void close() {
    closed.countDown();
    for (var i = 0; i < seats.length(); i++) {
      close(seats.get(i).realm);
    }
  }

  private void loadAgain(int thread) {
    var seat = seats.get(thread);
    var pause = firstPause;
    for (var realm = load(thread, seat); ; realm = load(thread, seat)) {
      if (realm != null) {
        seats.set(thread, new Seat(realm));
        seat.next.complete(realm);
        if (over(Duration.ZERO)) {
          close(realm);
        }
        return;
      }
      if (over(pause)) {
        return;
      }
      var twice = pause.multipliedBy(2);
      pause = twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
    }
  }

  private @Nullable ScriptContext load(int thread, Seat seat) {
    try {
      return loader.load(thread);
    } catch (RuntimeException | Error e) {
      ScriptHost.log.error(
          "a script could not be loaded again, and will be tried name={}", name, e);
      seat.next.completeExceptionally(e);
      return null;
    }
  }

  /** Waits for so long, or for the end. */
  private boolean over(Duration pause) {
    try {
      return closed.await(pause.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  /** A call that nothing stops would be waited for. */
  private static void close(ScriptContext realm) {
    if (!realm.lost()) {
      realm.close();
    }
  }

  private static void start(String thread, Runnable task) {
    Thread.ofPlatform().daemon().name(thread).start(task);
  }
}
