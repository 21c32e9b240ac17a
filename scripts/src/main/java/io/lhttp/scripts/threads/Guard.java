package io.lhttp.scripts.threads;

import io.lhttp.scripts.ScriptHost;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToLongFunction;
import org.graalvm.polyglot.Context;

/**
 * Ends a context's call that takes too much of a processor. The script thread says when a call
 * begins and ends; the {@link Watchdog} looks from outside, and interrupts a call whose thread has
 * run for longer than the limit. A call that has ended before is never hit: {@link #state} decides
 * who comes first.
 */
public final class Guard implements Watchdog.Watched {
  private static final int IDLE = 0;
  private static final int RUNNING = 1;

  /** The watchdog interrupts; the script thread waits for it at the call's end. */
  private static final int INTERRUPTING = 2;

  private static final int INTERRUPTED = 3;

  private static final long LOOK_AGAIN = 100_000;

  /** A call ends after this many limits by the clock, however little its thread has run. */
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

  /** Stops the call that runs; returns once it has ended, however long that takes. */
  @FunctionalInterface
  interface Interrupt {
    void run() throws Exception;
  }

  private final Interrupt interrupt;
  private final ToLongFunction<Thread> spent;

  @SuppressWarnings("UnusedVariable") // by its handle
  private volatile int state;

  /** How many calls have begun: written by the script thread, read by others. */
  @SuppressWarnings("UnusedVariable") // by its handle
  private long turn;

  // Written by the script thread before it writes the state.
  private Thread caller = Thread.currentThread();

  /** The time that a call may run, in nanoseconds. */
  private long limit;

  /** How much the first calls may run together until the limit is {@link #laterLimit}; or 0. */
  private long grace;

  private long laterLimit;
  private long beganAt;

  // Written by the watchdog before it writes the state.
  private long interruptedAt;
  private long spentAtInterrupt;

  // The watchdog's own.
  private long seenTurn = -1;
  private long seenAt;
  private long seenSpent;

  public Guard(Context context, Duration limit) {
    this(() -> context.interrupt(Duration.ZERO), Guard::spent, limit);
  }

  /**
   * @param spent how long a thread has run, in nanoseconds
   */
  public Guard(Interrupt interrupt, ToLongFunction<Thread> spent, Duration limit) {
    this.interrupt = interrupt;
    this.spent = spent;
    this.limit = limit.toNanos();
  }

  /**
   * From now on, a call may run this long; but so many times as long, until calls have run for so
   * many limits together: what the engine and the JVM load and learn at first is no call's fault.
   * Not while a call runs.
   */
  public void limit(Duration limit, int firstCalls) {
    laterLimit = limit.toNanos();
    grace = firstCalls > 1 ? laterLimit * firstCalls : 0;
    this.limit = firstCalls > 1 ? grace : laterLimit;
  }

  /** The time that the running call may take, or took. */
  public Duration limit() {
    return Duration.ofNanos(limit);
  }

  /** How many calls were made. */
  public long calls() {
    return (long) TURN.getOpaque(this);
  }

  public void enter() {
    caller = Thread.currentThread();
    if (grace > 0) {
      beganAt = spent.applyAsLong(caller);
    } else if (laterLimit > 0) {
      limit = laterLimit;
    }
    TURN.setOpaque(this, turn + 1);
    STATE.setRelease(this, RUNNING);
  }

  /** Returns whether the call was interrupted, or was about to be when it ended by itself. */
  public boolean exit() {
    if (grace > 0) {
      grace -= spent.applyAsLong(caller) - beganAt;
    }
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
   * The watchdog looks. A call is overdue once two looks have seen it, between which its thread has
   * run for the limit. Waiting for a processor is not held against it, up to {@link #PATIENCE}.
   */
  @Override
  public void look(long now) {
    if (state != RUNNING) {
      return;
    }
    var current = calls();
    if (current != seenTurn) {
      seenTurn = current;
      seenAt = now;
      seenSpent = spent.applyAsLong(caller);
    } else if (overdue(now) && STATE.compareAndSet(this, RUNNING, INTERRUPTING)) {
      interruptedAt = now;
      spentAtInterrupt = spent.applyAsLong(caller);
      // Waits until the call has ended, however long that takes: hence not on the watchdog.
      Thread.ofPlatform().daemon().name("lhttp-script-interrupt").start(this::interrupt);
    }
  }

  private boolean overdue(long now) {
    var time = now - seenAt;
    var may = limit;
    return time >= may && (spent.applyAsLong(caller) - seenSpent >= may || time / PATIENCE >= may);
  }

  /**
   * Whether a call was interrupted and its thread has run on for so long: nothing stops it. For the
   * watchdog.
   */
  public boolean stuck(long now, Duration patience) {
    var may = patience.toNanos();
    var time = now - interruptedAt;
    return state == INTERRUPTING
        && time >= may
        && (spent.applyAsLong(caller) - spentAtInterrupt >= may || time / PATIENCE >= may);
  }

  private void interrupt() {
    try {
      interrupt.run();
    } catch (Exception e) { // a context that was closed meanwhile needs no interrupt
      ScriptHost.log.debug("a script's context was not interrupted", e);
    } finally {
      state = INTERRUPTED;
    }
  }

  /** Processor time; or the clock's, where the JVM knows no other: of a virtual thread. */
  private static long spent(Thread thread) {
    var time = thread.isVirtual() ? -1 : THREADS.getThreadCpuTime(thread.threadId());
    return time < 0 ? System.nanoTime() : time;
  }
}
