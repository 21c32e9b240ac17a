package io.lhttp.scripts;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Has scripts rehearsed: before they go live, or, what a cold start has loaded, once the server
 * listens, one after the other on a thread of its own. Safe for all threads.
 */
final class WarmUp implements AutoCloseable {
  /** Loaded before the server listened; guarded by this. */
  private final Queue<ScriptInstance> cold = new ArrayDeque<>();

  private final AtomicInteger rehearsed = new AtomicInteger();
  private volatile boolean waits;
  private volatile boolean closed;

  /** Guarded by this. */
  private boolean starting;

  /**
   * @param cold whether scripts are live before {@link #start}
   */
  WarmUp(boolean cold) {
    this.starting = cold;
  }

  /** Rehearses a script, or keeps it for later. */
  void warm(ScriptInstance script) {
    synchronized (this) {
      if (starting) {
        cold.add(script);
        waits = true;
        return;
      }
    }
    var calls = script.rehearsal().run();
    rehearsed.incrementAndGet();
    ScriptHost.log.debug("a script is warm name={} calls={}", script.name(), calls);
  }

  /** Begins with what was kept for later. */
  synchronized void start() {
    starting = false;
    if (waits) {
      Thread.ofPlatform().daemon().name("lhttp-script-warm-up").start(this::rehearse);
    }
  }

  /** Whether there is more to come. */
  boolean waits() {
    return waits;
  }

  /** How many were. */
  int rehearsed() {
    return rehearsed.get();
  }

  @Override
  public void close() {
    closed = true;
  }

  private void rehearse() {
    var began = System.nanoTime();
    try {
      for (var script = next(); script != null && !closed; script = next()) {
        rehearse(script);
      }
    } finally {
      waits = false;
    }
    if (!closed) {
      var time = Duration.ofNanos(System.nanoTime() - began);
      ScriptHost.log.info("scripts are warm scripts={} ms={}", rehearsed(), time.toMillis());
    }
  }

  /** Whatever happens to one, the next has its turn. */
  private void rehearse(ScriptInstance script) {
    if (script.closed()) {
      return;
    }
    try {
      var calls = script.rehearsal().runBeside(() -> !closed && !script.closed());
      rehearsed.incrementAndGet();
      ScriptHost.log.debug("a script is warm name={} calls={}", script.name(), calls);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      ScriptHost.log.warn("a script was not rehearsed name={}", script.name(), e);
    }
  }

  private synchronized @Nullable ScriptInstance next() {
    return cold.poll();
  }
}
