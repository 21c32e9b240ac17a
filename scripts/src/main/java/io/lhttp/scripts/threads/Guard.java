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
 * Stops a call of a context that takes too much processor time. The script thread reports the begin
 * and end of calls. The {@link Watchdog} interrupts a call whose thread has run for longer than the
 * limit.
 *
 * <p>An ended call is never interrupted: one compare-and-set of {@link #state} decides between the
 * end and the interrupt.
 */
public final class Guard implements Watchdog.Watched {
  private static final int IDLE = 0;
  private static final int RUNNING = 1;

  /** The watchdog interrupts; at its end the call waits for the interrupt to finish. */
  private static final int INTERRUPTING = 2;

  private static final int INTERRUPTED = 3;

  private static final long LOOK_AGAIN = 100_000;

  /** A call ends after this many limits by the clock, even if its thread has run for less. */
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

  /** Interrupts the running call; returns once the call has ended, however long that takes. */
  @FunctionalInterface
  interface Interrupt {
    void run() throws Exception;
  }

  private final Interrupt interrupt;
  private final ToLongFunction<Thread> spent;

  @SuppressWarnings("UnusedVariable") // by its handle
  private volatile int state;

  /** The number of calls that have begun: written by the script thread, read by others. */
  @SuppressWarnings("UnusedVariable") // by its handle
  private long turn;

  // The thread of the call. The script thread writes it before the state.
  private Thread caller = Thread.currentThread();

  /** The time that a call may run, in nanoseconds. */
  private long limit;

  /** The time that the first calls may run together before {@link #laterLimit} applies; or 0. */
  private long grace;

  private long laterLimit;
  private long beganAt;

  // Written by the watchdog before the state.
  private long interruptedAt;
  private long spentAtInterrupt;

  // Fields of the watchdog alone.
  private long seenTurn = -1;
  private long seenAt;
  private long seenSpent;

  public Guard(Context context, Duration limit) {
    this(() -> context.interrupt(Duration.ZERO), Guard::spent, limit);
  }

  /**
   * @param spent returns the processor time of a thread, in nanoseconds
   */
  public Guard(Interrupt interrupt, ToLongFunction<Thread> spent, Duration limit) {
    this.interrupt = interrupt;
    this.spent = spent;
    this.limit = limit.toNanos();
  }

  /**
   * Sets the limit of calls. First calls may run longer by a factor, until calls have run for that
   * many limits together, because the engine and the JVM initialise much in them. Must not be
   * called during a call.
   */
  public void limit(Duration limit, int firstCalls) {
    laterLimit = limit.toNanos();
    grace = firstCalls > 1 ? laterLimit * firstCalls : 0;
    this.limit = firstCalls > 1 ? grace : laterLimit;
  }

  /** The limit of the running or the last call. */
  public Duration limit() {
    return Duration.ofNanos(limit);
  }

  /** The number of calls. */
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

  /** Ends the call. Returns whether it was interrupted, or was about to be. */
  public boolean exit() {
    if (grace > 0) {
      grace -= spent.applyAsLong(caller) - beganAt;
    }
    if (STATE.compareAndSet(this, RUNNING, IDLE)) {
      return false;
    }
    awaitInterrupt();
    STATE.setRelease(this, IDLE);
    var _ = Thread.interrupted(); // the interrupt has finished
    return true;
  }

  private void awaitInterrupt() {
    while (state != INTERRUPTED) {
      LockSupport.parkNanos(LOOK_AGAIN);
    }
  }

  /**
   * Checks the running call. It is overdue if its thread has run for the limit between two checks.
   * Waiting for a processor does not count, up to {@link #PATIENCE}.
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
      // the interrupt waits until the call has ended, so it must not run on the watchdog's thread
      Thread.ofPlatform().daemon().name("lhttp-script-interrupt").start(this::interrupt);
    }
  }

  private boolean overdue(long now) {
    var time = now - seenAt;
    var may = limit;
    return time >= may && (spent.applyAsLong(caller) - seenSpent >= may || time / PATIENCE >= may);
  }

  /**
   * Whether a call was interrupted and its thread has run on for this long, so that nothing stops
   * it. Called by the watchdog.
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
    } catch (Exception e) { // a closed context needs no interrupt
      ScriptHost.log.debug("a script's context was not interrupted", e);
    } finally {
      state = INTERRUPTED;
    }
  }

  /**
   * The processor time of a thread; of a virtual thread the clock's, because the JVM measures no
   * other.
   */
  private static long spent(Thread thread) {
    var time = thread.isVirtual() ? -1 : THREADS.getThreadCpuTime(thread.threadId());
    return time < 0 ? System.nanoTime() : time;
  }
}
