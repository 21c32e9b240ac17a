package io.lhttp.scripts;

import io.lhttp.internal.log.Loggable;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Runs the warm-ups of scripts. Normally a script is warmed up before it goes live. After a cold
 * start, the scripts are warmed up once the server listens, one after the other on a thread of its
 * own. The host owns it; all threads may use it.
 */
final class WarmUp implements AutoCloseable {
  /**
   * The scripts that were loaded during a cold start and wait for their warm-up. Guarded by this
   * object's lock.
   */
  private final Queue<ScriptInstance> cold = new ArrayDeque<>();

  private final AtomicInteger finished = new AtomicInteger();
  private volatile boolean waits;
  private volatile boolean closed;

  /** Whether a cold start is under way. Guarded by this object's lock. */
  private boolean starting;

  /**
   * @param cold whether scripts go live without a warm-up until {@link #start} is called
   */
  WarmUp(boolean cold) {
    this.starting = cold;
  }

  /** Warms up a script now, or queues it until {@link #start}. */
  void warm(ScriptInstance script) {
    synchronized (this) {
      if (starting) {
        cold.add(script);
        waits = true;
        return;
      }
    }
    var calls = script.warmUp().run();
    finished.incrementAndGet();
    ScriptHost.log.debug("a script is warm name={} calls={}", script.name(), calls);
  }

  /** Starts the warm-ups of the queued scripts. */
  synchronized void start() {
    starting = false;
    if (waits) {
      try {
        Thread.ofPlatform().daemon().name("lhttp-script-warm-up").start(this::runQueued);
      } catch (Error e) { // the process has too many threads
        waits = false;
        throw e;
      }
    }
  }

  /** Whether warm-ups still wait or run. */
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
    try {
      for (var script = next(); script != null && !closed; script = next()) {
        runBeside(script);
      }
    } finally {
      waits = false;
    }
    if (!closed) {
      var time = Duration.ofNanos(System.nanoTime() - began);
      ScriptHost.log.info("scripts are warm scripts={} ms={}", finished(), time.toMillis());
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
    return cold.poll();
  }
}
