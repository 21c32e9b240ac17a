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
 * Stops a call of a context that takes too much CPU time. The script thread reports the beginning
 * and the end of each call. The {@link Watchdog} interrupts a call whose thread has run for longer
 * than the limit.
 *
 * <p>A call that has ended is never interrupted: one compare-and-set of {@link #state} decides
 * between the end and the interrupt.
 */
public final class Guard implements Watchdog.Watched {
  private static final int IDLE = 0;
  private static final int RUNNING = 1;

  /**
   * The watchdog interrupts the call. When the call ends, it waits until the interrupt has
   * finished.
   */
  private static final int INTERRUPTING = 2;

  private static final int INTERRUPTED = 3;

  private static final long LOOK_AGAIN = 100_000;

  /**
   * A call is also stopped after this many limits by the clock, even if its thread has run for
   * less.
   */
  private static final int PATIENCE = 100;

  /**
   * After this many calls the first calls are over in any case, because their CPU time costs two
   * system calls each.
   */
  private static final int FIRST = 10_000;

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

  /** Interrupts the running call. Returns once the call has ended, however long that takes. */
  @FunctionalInterface
  interface Interrupt {
    void run() throws Exception;
  }

  private final Interrupt interrupt;
  private final ToLongFunction<Thread> spent;

  @SuppressWarnings("UnusedVariable") // accessed by its handle
  private volatile int state;

  /** The number of calls that have begun. The script thread writes it, other threads read it. */
  @SuppressWarnings("UnusedVariable") // accessed by its handle
  private long turn;

  // The thread that runs the call. The script thread writes it before the state.
  private Thread caller = Thread.currentThread();

  /** The CPU time that a call may use, in nanoseconds. */
  private long limit;

  /**
   * The CPU time in nanoseconds that the first calls together may still use before {@link
   * #laterLimit} applies; 0 if it applies.
   */
  private long grace;

  /** The number of the call that is the first one without {@link #grace}. */
  private long later;

  private long laterLimit;
  private long beganAt;

  // The watchdog writes these fields before the state.
  private long interruptedAt;
  private long spentAtInterrupt;

  // Only the watchdog uses these fields.
  private long seenTurn = -1;
  private long seenAt;
  private long seenSpent;

  public Guard(Context context, Duration limit) {
    this(() -> context.interrupt(Duration.ZERO), Guard::spent, limit);
  }

  /**
   * @param spent returns the CPU time of a thread, in nanoseconds
   */
  public Guard(Interrupt interrupt, ToLongFunction<Thread> spent, Duration limit) {
    this.interrupt = interrupt;
    this.spent = spent;
    this.limit = limit.toNanos();
  }

  /**
   * Sets the limit of calls. The first calls may run longer by a factor, until they have used that
   * many limits together, or were {@link #FIRST}, because the engine and the JVM initialise much in
   * them. Must not be called during a call.
   */
  public void limit(Duration limit, int firstCalls) {
    laterLimit = limit.toNanos();
    grace = firstCalls > 1 ? laterLimit * firstCalls : 0;
    this.limit = firstCalls > 1 ? grace : laterLimit;
    later = turn + FIRST;
  }

  /** The limit of the running call, or of the last one. */
  public Duration limit() {
    return Duration.ofNanos(limit);
  }

  /** The number of calls so far. */
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

  /** Ends the call. Returns whether the watchdog has interrupted it, or was about to. */
  public boolean exit() {
    if (grace > 0) {
      grace = turn < later ? grace - (spent.applyAsLong(caller) - beganAt) : 0;
    }
    if (STATE.compareAndSet(this, RUNNING, IDLE)) {
      return false;
    }
    awaitInterrupt();
    STATE.setRelease(this, IDLE);
    var _ = Thread.interrupted(); // clears the interrupt flag of the finished interrupt
    return true;
  }

  private void awaitInterrupt() {
    while (state != INTERRUPTED) {
      LockSupport.parkNanos(LOOK_AGAIN);
    }
  }

  /**
   * Checks the running call, and interrupts it if its thread has used the limit since an earlier
   * check. Waiting for a CPU does not count, up to {@link #PATIENCE} limits by the clock.
   */
  @Override
  public void check(long now) {
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
      // The interrupt waits until the call has ended, so it must not run on the watchdog's thread.
      Thread.ofPlatform().daemon().name("lhttp-script-interrupt").start(this::interrupt);
    }
  }

  private boolean overdue(long now) {
    var time = now - seenAt;
    var may = limit;
    return time >= may && (spent.applyAsLong(caller) - seenSpent >= may || time / PATIENCE >= may);
  }

  /**
   * Whether a call was interrupted, but its thread has run for this CPU time since, so that nothing
   * stops it. The watchdog calls it.
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
    } catch (Exception e) { // a context that was closed needs no interrupt
      ScriptHost.log.debug("a script's context was not interrupted", e);
    } finally {
      state = INTERRUPTED;
    }
  }

  /**
   * Returns the CPU time of a thread. For a virtual thread it is the time by the clock, because the
   * JVM measures no CPU time of virtual threads.
   */
  private static long spent(Thread thread) {
    var time = thread.isVirtual() ? -1 : THREADS.getThreadCpuTime(thread.threadId());
    return time < 0 ? System.nanoTime() : time;
  }
}
