package io.lhttp.scripts.context;

import io.lhttp.scripts.Origin;
import io.lhttp.scripts.ScriptHost;
import io.lhttp.scripts.ScriptThread;
import io.lhttp.scripts.threads.ScriptTime.Alarm;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * One context's timers: bounded in number, and none waits for less than a millisecond. Safe for all
 * threads.
 */
public final class Timers {
  /** Runs a timer's function, on the script thread. */
  @FunctionalInterface
  public interface Fire {
    /**
     * @param origin the call that the timer was set in; null where it was none
     */
    void fire(int id, @Nullable Origin origin);
  }

  private static final double LONGEST_MILLIS = Integer.MAX_VALUE;

  private final ScriptHost host;
  private final ScriptThread thread;
  private final Fire fire;

  /** Guarded by this. */
  private final Map<Integer, Alarm> waiting = new HashMap<>();

  private boolean closed;

  public Timers(ScriptHost host, ScriptThread thread, Fire fire) {
    this.host = host;
    this.thread = thread;
    this.fire = fire;
  }

  /**
   * @param again whether it goes on, each time from the end of the last
   * @throws IllegalStateException where there are too many
   */
  synchronized void set(int id, double millis, boolean again, @Nullable Origin origin) {
    if (closed) {
      return;
    }
    if (waiting.size() >= host.limits.timers()) {
      throw new IllegalStateException("a script has up to " + host.limits.timers() + " timers");
    }
    arm(id, millis >= 1 ? (long) Math.min(millis, LONGEST_MILLIS) : 1, again, origin);
  }

  synchronized void clear(int id) {
    var alarm = waiting.remove(id);
    if (alarm != null) {
      alarm.cancel();
    }
  }

  synchronized void close() {
    closed = true;
    waiting.values().forEach(Alarm::cancel);
    waiting.clear();
  }

  /** Guarded by this. */
  private void arm(int id, long delay, boolean again, @Nullable Origin origin) {
    waiting.put(id, host.time.after(delay, () -> due(id, delay, again, origin)));
  }

  private void due(int id, long delay, boolean again, @Nullable Origin origin) {
    try {
      thread.execute(() -> run(id, delay, again, origin));
    } catch (RejectedExecutionException e) {
      ScriptHost.log.debug("a timer found its thread gone", e);
      clear(id);
    }
  }

  private void run(int id, long delay, boolean again, @Nullable Origin origin) {
    synchronized (this) {
      if (!waiting.containsKey(id)) {
        return; // cleared while it waited for its turn
      }
      if (!again) {
        waiting.remove(id);
      }
    }
    fire.fire(id, origin);
    synchronized (this) {
      if (again && waiting.containsKey(id)) {
        arm(id, delay, true, origin);
      }
    }
  }
}
