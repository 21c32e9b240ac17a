package io.lhttp.scripts.context;

import io.lhttp.ClientKey;
import io.lhttp.outgoing.ClientShares;
import io.lhttp.scripts.Initiator;
import io.lhttp.scripts.ScriptHost;
import io.lhttp.scripts.ScriptThread;
import io.lhttp.scripts.threads.ScriptTime.Alarm;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The timers of one context. Their number is bounded, and clients share it. Each runs after a
 * millisecond at the earliest. All threads may use it.
 */
public final class Timers {
  /** Runs the function of a timer, on the script thread. */
  @FunctionalInterface
  public interface Fire {
    /**
     * @param initiator the call that set the timer; null for none
     */
    void fire(int id, @Nullable Initiator initiator);
  }

  private static final double LONGEST_MILLIS = Integer.MAX_VALUE;

  /**
   * A pending timer.
   *
   * @param client the client whose message set it; null for none
   */
  private record Pending(Alarm alarm, @Nullable ClientKey client) {}

  private final ScriptHost host;
  private final ScriptThread thread;
  private final Fire fire;

  /** Pending timers by id. Guarded by this object's lock. */
  private final Map<Integer, Pending> waiting = new HashMap<>();

  private final ClientShares places;

  private boolean closed;

  public Timers(ScriptHost host, ScriptThread thread, Fire fire) {
    this.host = host;
    this.thread = thread;
    this.fire = fire;
    this.places = new ClientShares(host.limits.timers());
  }

  /**
   * Sets a timer.
   *
   * @param again whether the timer repeats; the pause begins when the previous run has ended
   * @throws IllegalStateException if all timers are taken, or the client has its share of them
   */
  synchronized void set(int id, double millis, boolean again, @Nullable Initiator initiator) {
    if (closed) {
      return;
    }
    if (!places.take(Initiator.client(initiator))) {
      throw new IllegalStateException(
          "a script has up to %d timers, which its clients share".formatted(host.limits.timers()));
    }
    arm(id, millis >= 1 ? (long) Math.min(millis, LONGEST_MILLIS) : 1, again, initiator);
  }

  synchronized void clear(int id) {
    var pending = waiting.remove(id);
    if (pending != null) {
      places.giveBack(pending.client);
      pending.alarm.cancel();
    }
  }

  synchronized void close() {
    closed = true;
    waiting.values().forEach(pending -> pending.alarm.cancel());
    waiting.clear();
  }

  /** Starts a timer. The caller holds this object's lock. */
  private void arm(int id, long delay, boolean again, @Nullable Initiator initiator) {
    var alarm = host.time.after(delay, () -> due(id, delay, again, initiator));
    waiting.put(id, new Pending(alarm, Initiator.client(initiator)));
  }

  private void due(int id, long delay, boolean again, @Nullable Initiator initiator) {
    try {
      thread.execute(() -> run(id, delay, again, initiator));
    } catch (RejectedExecutionException e) {
      ScriptHost.log.debug("a timer expired after its script thread had ended", e);
      clear(id);
    }
  }

  private void run(int id, long delay, boolean again, @Nullable Initiator initiator) {
    synchronized (this) {
      if (!waiting.containsKey(id)) {
        return; // the script has cleared the timer while this task waited
      }
      if (!again) {
        waiting.remove(id);
        places.giveBack(Initiator.client(initiator));
      }
    }
    fire.fire(id, initiator);
    synchronized (this) {
      if (again && waiting.containsKey(id)) {
        arm(id, delay, true, initiator);
      }
    }
  }
}
