package io.lhttp.scripts;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/**
 * One context's timers: bounded in number, and none waits for less than a millisecond. Safe for all
 * threads.
 */
final class Timers {
  private static final double LONGEST_MILLIS = Integer.MAX_VALUE;

  private final ScriptHost host;
  private final ScriptThread thread;
  private final IntConsumer fire;

  /** Guarded by this. */
  private final Map<Integer, Future<?>> waiting = new HashMap<>();

  private boolean closed;

  /**
   * @param fire runs a timer's function, on the script thread
   */
  Timers(ScriptHost host, ScriptThread thread, IntConsumer fire) {
    this.host = host;
    this.thread = thread;
    this.fire = fire;
  }

  /**
   * @throws IllegalStateException where there are too many
   */
  synchronized void set(int id, double millis, boolean again) {
    if (closed) {
      return;
    }
    if (waiting.size() >= host.limits.timers()) {
      throw new IllegalStateException("a script has up to " + host.limits.timers() + " timers");
    }
    var delay = millis >= 1 ? (long) Math.min(millis, LONGEST_MILLIS) : 1;
    Runnable due = () -> due(id, again);
    var future =
        again
            ? host.timers.scheduleWithFixedDelay(due, delay, delay, TimeUnit.MILLISECONDS)
            : host.timers.schedule(due, delay, TimeUnit.MILLISECONDS);
    waiting.put(id, future);
  }

  synchronized void clear(int id) {
    var future = waiting.remove(id);
    if (future != null) {
      future.cancel(false);
    }
  }

  synchronized void close() {
    closed = true;
    waiting.values().forEach(future -> future.cancel(false));
    waiting.clear();
  }

  private void due(int id, boolean again) {
    try {
      thread.execute(() -> run(id, again));
    } catch (RejectedExecutionException e) {
      ScriptHost.log.debug("a timer found its thread gone", e);
    }
  }

  private void run(int id, boolean again) {
    synchronized (this) {
      if (!waiting.containsKey(id)) {
        return; // cleared while it waited for its turn
      }
      if (!again) {
        waiting.remove(id);
      }
    }
    fire.accept(id);
  }
}
