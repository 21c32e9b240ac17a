package io.lhttp.scripts;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Runs the warm-ups of scripts: before they go live or, after a cold start, once the server
 * listens, one after the other on a thread of its own. The host owns it; all threads may use it.
 */
final class WarmUp implements AutoCloseable {
  /** Scripts that were loaded before the server listened. Guarded by this. */
  private final Queue<ScriptInstance> cold = new ArrayDeque<>();

  private final AtomicInteger finished = new AtomicInteger();
  private volatile boolean waits;
  private volatile boolean closed;

  /** Whether the server has not started yet. Guarded by this. */
  private boolean starting;

  /**
   * @param cold whether scripts go live before {@link #start}, without a warm-up
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
      Thread.ofPlatform().daemon().name("lhttp-script-warm-up").start(this::runQueued);
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

  /** Warms up one script; a failure does not keep the next one from its turn. */
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
    } catch (RuntimeException e) {
      ScriptHost.log.warn("script warm-up failed name={}", script.name(), e);
    }
  }

  private synchronized @Nullable ScriptInstance next() {
    return cold.poll();
  }
}
