package io.lhttp.scripts;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.graalvm.polyglot.Context;

/**
 * Ends a context's call that takes too long. The script thread says when a call begins and ends;
 * the {@link Watchdog} looks from outside, and a call that it sees for too long is interrupted. A
 * call that has ended before is never hit: whoever comes first decides, by {@link #state}.
 */
final class Guard {
  private static final int IDLE = 0;
  private static final int RUNNING = 1;

  /** The watchdog interrupts; the script thread waits for it at the call's end. */
  private static final int INTERRUPTING = 2;

  private static final int INTERRUPTED = 3;

  private static final long LOOK_AGAIN = 100_000;

  /** A thread that gets less of a processor than this part is not late yet. */
  private static final int SHARE = 3;

  /** But nobody waits for it for ever. */
  private static final int PATIENCE = 100;

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final VarHandle STATE;
  private static final VarHandle TURN;

  static {
    try {
      var lookup = MethodHandles.lookup();
      STATE = lookup.findVarHandle(Guard.class, "state", int.class);
      TURN = lookup.findVarHandle(Guard.class, "turn", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Context context;

  @SuppressWarnings("UnusedVariable") // by its handle
  private volatile int state;

  /** How many calls have begun: written by the script thread, read by the watchdog. */
  @SuppressWarnings("UnusedVariable") // by its handle
  private long turn;

  /** Who makes the call; written before {@link #state}. */
  private Thread caller = Thread.currentThread();

  /** How long this call may take; written before it begins. */
  private volatile long limitNanos;

  private volatile long interruptedAt;

  // The watchdog's own.
  private long seenTurn = -1;
  private long seenAt;
  private long seenCpu;

  Guard(Context context, Duration limit) {
    this.context = context;
    this.limitNanos = limit.toNanos();
  }

  /** From now on, a call may take this long. Not while one runs. */
  void limit(Duration limit) {
    limitNanos = limit.toNanos();
  }

  Duration limit() {
    return Duration.ofNanos(limitNanos);
  }

  void enter() {
    caller = Thread.currentThread();
    TURN.setOpaque(this, turn + 1);
    STATE.setRelease(this, RUNNING);
  }

  /** Returns whether the call was interrupted. */
  boolean exit() {
    if (STATE.compareAndSet(this, RUNNING, IDLE)) {
      return false;
    }
    awaitInterrupt();
    STATE.setRelease(this, IDLE);
    var _ = Thread.interrupted(); // the interrupt's, and over
    return true;
  }

  private void awaitInterrupt() {
    while (state != INTERRUPTED) {
      LockSupport.parkNanos(LOOK_AGAIN);
    }
  }

  /**
   * The watchdog looks. Two looks that see the same call, {@code limit} apart, make it overdue:
   * calls themselves read no clock. On a busy machine it has to have had the processor for a third
   * of the limit, so that waiting for it is not held against a script, but no more than {@link
   * #PATIENCE} times the limit.
   */
  void look(long now) {
    if (state != RUNNING) {
      return;
    }
    var current = (long) TURN.getOpaque(this);
    if (current != seenTurn) {
      seenTurn = current;
      seenAt = now;
      seenCpu = cpu();
    } else if (overdue(now) && STATE.compareAndSet(this, RUNNING, INTERRUPTING)) {
      interruptedAt = now;
      // Waits until the call has ended, however long that takes: hence not on the watchdog.
      Thread.ofPlatform().daemon().name("lhttp-script-interrupt").start(this::interrupt);
    }
  }

  private boolean overdue(long now) {
    var time = now - seenAt;
    if (time < limitNanos) {
      return false;
    }
    var cpu = cpu();
    return cpu < 0 || cpu - seenCpu >= limitNanos / SHARE || time >= limitNanos * PATIENCE;
  }

  /** The caller's processor time in nanoseconds, or -1 where it is not known. */
  private long cpu() {
    return caller.isVirtual() ? -1 : THREADS.getThreadCpuTime(caller.threadId());
  }

  /** Whether a call was interrupted so long ago and still runs: nothing stops it. */
  boolean stuck(long now, Duration patience) {
    return state == INTERRUPTING && now - interruptedAt >= patience.toNanos();
  }

  private void interrupt() {
    try {
      context.interrupt(Duration.ZERO);
    } catch (Exception e) { // a context that was closed meanwhile needs no interrupt
      ScriptHost.log.debug("a script's context was not interrupted", e);
    } finally {
      state = INTERRUPTED;
    }
  }
}
