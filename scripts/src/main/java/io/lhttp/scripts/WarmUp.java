package io.lhttp.scripts;

import io.lhttp.internal.log.Loggable;
import io.lhttp.scripts.engine.Compilations;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Runs the warm-ups of scripts. Normally a script is warmed up before it goes live. After a cold
 * start, and once a reload has spent its {@linkplain #allow allowance}, scripts go live first. They
 * are then warmed up beside live messages, one after the other on a thread of their own. The host
 * owns it; all threads may use it.
 */
final class WarmUp implements AutoCloseable {
  /** The scripts that wait for a warm-up beside live messages. Guarded by this object's lock. */
  private final Queue<ScriptInstance> queue = new ArrayDeque<>();

  private final AtomicInteger finished = new AtomicInteger();
  private volatile boolean waits;
  private volatile boolean closed;

  /** Whether a cold start is under way. Guarded by this object's lock. */
  private boolean starting;

  /** Whether a thread works on the queue. Guarded by this object's lock. */
  private boolean working;

  /**
   * The nanoseconds that warm-ups before scripts go live may still take. Guarded by this object's
   * lock.
   */
  private long allowance = Long.MAX_VALUE;

  /**
   * @param cold whether scripts go live without a warm-up until {@link #start} is called
   */
  WarmUp(boolean cold) {
    this.starting = cold;
  }

  /**
   * From now on, warm-ups before scripts go live take at most this time together. A warm-up that
   * might take longer than what is left is queued.
   */
  synchronized void allow(Duration time) {
    allowance = time.toNanos();
  }

  /**
   * Warms up a script now, or queues it.
   *
   * @return whether the script was warmed up now
   */
  boolean warm(ScriptInstance script) {
    synchronized (this) {
      if (starting || allowance < WarmUpRun.TIME.toNanos()) {
        queue.removeIf(ScriptInstance::closed);
        queue.add(script);
        if (starting) {
          waits = true;
        } else {
          work();
        }
        return false;
      }
    }
    var began = System.nanoTime();
    var calls = script.warmUp().run();
    synchronized (this) {
      allowance -= System.nanoTime() - began;
    }
    finished.incrementAndGet();
    ScriptHost.log.debug("a script is warm name={} calls={}", script.name(), calls);
    return true;
  }

  /** Starts the warm-ups of the queued scripts. */
  synchronized void start() {
    starting = false;
    work();
  }

  /** Starts the thread that works on the queue. The caller holds this object's lock. */
  private void work() {
    if (working || queue.isEmpty()) {
      return;
    }
    working = true;
    try {
      Thread.ofPlatform().daemon().name("lhttp-script-warm-up").start(this::runQueued);
    } catch (Error e) { // the process has too many threads
      rest();
      throw e;
    }
  }

  private synchronized void rest() {
    working = false;
    waits = false;
  }

  /** Whether warm-ups of a cold start still wait or run. */
  boolean waits() {
    return waits;
  }

  /** The number of finished warm-ups. */
  int finished() {
    return finished.get();
  }

  @Override
  public void close() {
    closed = true;
  }

  private void runQueued() {
    var began = System.nanoTime();
    var before = finished();
    try {
      for (var script = next(); script != null; script = next()) {
        runBeside(script);
      }
    } catch (Error e) {
      rest();
      throw e;
    }
    if (!closed) {
      var time = Duration.ofNanos(System.nanoTime() - began);
      ScriptHost.log.info(
          "scripts are warm scripts={} ms={} compiled={} failed={}",
          finished() - before,
          time.toMillis(),
          Compilations.ofProcess().done(),
          Compilations.ofProcess().failed());
    }
  }

  /**
   * Warms up one script beside live messages. A failure is logged, so that the next script gets its
   * turn.
   */
  private void runBeside(ScriptInstance script) {
    if (script.closed()) {
      return;
    }
    try {
      var calls = script.warmUp().runBeside(() -> !closed && !script.closed());
      finished.incrementAndGet();
      ScriptHost.log.debug("a script is warm name={} calls={}", script.name(), calls);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      ScriptHost.log.warn("script warm-up failed name={}", script.name(), Loggable.of(e));
    }
  }

  private synchronized @Nullable ScriptInstance next() {
    var next = closed ? null : queue.poll();
    if (next == null) {
      rest();
    }
    return next;
  }
}
