package io.lhttp.app.reload;

import io.lhttp.app.config.Problem;
import io.lhttp.internal.log.Loggable;
import io.lhttp.internal.measure.InnermostFrame;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs reloads, one at a time, each on a thread of its own. The caller waits at most until the
 * deadline. A reload that then still hangs in users' code is logged and abandoned, and the next one
 * may begin. All threads may use it.
 */
public final class Attempts {
  private static final Logger log = LoggerFactory.getLogger(Attempts.class);

  /**
   * While this many abandoned reloads still run, no other reload begins. Each abandoned reload
   * holds a thread and the links that it has created.
   */
  private static final int MOST_LEFT = 4;

  private static final CallerWait GLANCE = CallerWait.of(Duration.ofMillis(100));

  /** The time between two log lines about a reload that still runs. */
  private static final Duration STILL_RUNNING = Duration.ofSeconds(10);

  private final Duration deadline;
  private final CallerWait wait;
  private final Duration stillRunning;
  private final IntSupplier generation;
  private final AtomicReference<@Nullable Attempt> current = new AtomicReference<>();

  /** The abandoned reloads that still run. Guarded by this object's lock. */
  private final List<Left> left = new ArrayList<>();

  private record Left(Attempt attempt, Thread thread) {
    /**
     * @param call the code in which the reload hangs
     */
    String inWords(HangingCall call) {
      return "since %s at %s%s"
          .formatted(text(attempt.since()), InnermostFrame.of(thread), call.where());
    }
  }

  /**
   * @param deadline the longest time of a reload
   * @param generation returns the number of the running generation
   */
  public Attempts(Duration deadline, IntSupplier generation) {
    this(deadline, generation, CallerWait.of(deadline));
  }

  /**
   * @param wait decides instead of the deadline how long callers wait
   */
  public Attempts(Duration deadline, IntSupplier generation, CallerWait wait) {
    this(deadline, generation, wait, STILL_RUNNING);
  }

  /**
   * @param stillRunning the time between two log lines about a reload that still runs
   */
  Attempts(Duration deadline, IntSupplier generation, CallerWait wait, Duration stillRunning) {
    this.stillRunning = stillRunning;
    this.deadline = deadline;
    this.wait = wait;
    this.generation = generation;
  }

  /**
   * Runs a reload, unless another one runs.
   *
   * @param work calls {@link Attempt#finish} at its end. If it throws, the exception is logged and
   *     the reload is refused
   */
  public ReloadResult run(Consumer<Attempt> work) {
    var start = System.nanoTime();
    var attempt = new Attempt(Instant.now());
    var other = current.compareAndExchange(null, attempt);
    if (other != null) {
      return new ReloadResult.Busy(generation.getAsInt(), other.since(), since(start));
    }
    try {
      var hung = leftBehind();
      if (hung.size() >= MOST_LEFT) {
        return refused(
            "%d earlier reloads hang, and no more may: restart the server; they hang %s"
                .formatted(hung.size(), String.join("; ", hung)),
            start);
      }
      var thread =
          Thread.ofPlatform().daemon().name("lhttp-reload").start(() -> work(work, attempt, start));
      Thread.ofVirtual().name("lhttp-reload-watch").start(() -> watch(attempt, thread, start));
      return await(attempt, thread, start);
    } finally {
      current.set(null);
    }
  }

  /** Waits until no reload runs. The wait ends, because each reload has a deadline. */
  public void awaitIdle() {
    while (current.get() != null) {
      var attempt = current.get();
      try {
        if (attempt != null) {
          attempt.await(GLANCE);
        }
        // the caller of the reload should see its result before this method returns
        Thread.sleep(1);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /** Describes each abandoned reload that still runs: since when, and in which line. */
  public synchronized List<String> leftBehind() {
    left.removeIf(one -> !one.thread().isAlive());
    return left.stream().map(one -> one.inWords(one.attempt().call())).toList();
  }

  private void work(Consumer<Attempt> work, Attempt attempt, long start) {
    try {
      try {
        work.accept(attempt);
      } catch (CancellationException e) { // the server closes, unless the reload was abandoned
        attempt.finish(() -> refused(Loggable.text(e), start));
      } catch (Throwable thrown) {
        log.error("a reload failed unexpectedly", Loggable.of(thrown));
        attempt.finish(() -> refused(Loggable.text(thrown), start));
      }
    } catch (CancellationException _) {
      log.warn("an abandoned reload has ended; none of its links is in use");
    }
  }

  /** Logs at intervals where a reload stands, until it has ended or is abandoned. */
  private void watch(Attempt attempt, Thread thread, long start) {
    try {
      while (!attempt.endsWithin(stillRunning)) {
        log.warn(
            "a reload still runs; the old chain serves, and later changes of files wait after={} deadline={} at={}{}",
            inWords(since(start)),
            inWords(deadline),
            InnermostFrame.of(thread),
            attempt.call().where());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private ReloadResult await(Attempt attempt, Thread thread, long start) {
    var abandoned = false;
    try {
      attempt.await(wait);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      abandoned = true; // only the end of the server interrupts this thread
    }
    var hung = new Left(attempt, thread);
    var call = attempt.call();
    var where = hung.inWords(call);
    var result = attempt.giveUp();
    if (result != null) {
      return result;
    }
    synchronized (this) {
      left.add(hung);
    }
    thread.interrupt();
    return refused(
        abandoned
            ? "the server ends and does not wait for it: %s".formatted(where)
            : "it has not ended in %s and is left behind: %s; %s"
                .formatted(inWords(deadline), where, call.advice()),
        start);
  }

  private ReloadResult refused(String why, long start) {
    return new ReloadResult.Refused(
        generation.getAsInt(), List.of(new Problem(ReloadResult.RELOAD, why)), since(start));
  }

  /** Returns a time in milliseconds, or from ten seconds on in seconds, for error messages. */
  public static String inWords(Duration time) {
    return time.toMillis() < 10_000 ? time.toMillis() + " ms" : time.toSeconds() + " s";
  }

  private static String text(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private static Duration since(long start) {
    return Duration.ofNanos(System.nanoTime() - start);
  }
}
