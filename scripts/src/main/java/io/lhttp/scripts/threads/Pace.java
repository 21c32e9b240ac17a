package io.lhttp.scripts.threads;

import io.lhttp.scripts.engine.EngineCompiler;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Decides how fast and for how long a warm-up makes its calls. One warm-up uses it, on its thread.
 */
public sealed interface Pace {
  /** Waits until the next call may be made. Returns false if the warm-up is over. */
  boolean another() throws InterruptedException;

  /**
   * Waits until the engine's compiler is idle. Returns true if the compiler was busy, so that more
   * calls are useful; false if it was idle at once, or the warm-up is over.
   */
  boolean awaitCompiler() throws InterruptedException;

  /**
   * Makes calls without pauses until a time.
   *
   * @param end as {@link System#nanoTime}
   */
  record Fast(long end) implements Pace {
    @Override
    public boolean another() {
      return System.nanoTime() - end < 0;
    }

    @Override
    public boolean awaitCompiler() throws InterruptedException {
      return EngineCompiler.awaitRest(end) && another();
    }
  }

  /**
   * Makes calls beside live messages: in a quarter of the time, and not while the engine's compiler
   * works. It counts CPU time, so that the warm-up on a busy machine is slower, but not shorter.
   */
  final class Slow implements Pace {
    /**
     * The longest time in nanoseconds for which the warm-up runs without a pause, so that other
     * threads get a CPU.
     */
    private static final long SLICE = 1_000_000;

    private static final int PAUSES = 3;

    /**
     * The longest wait for the compiler by the clock, because live messages may keep the compiler
     * busy forever.
     */
    private static final Duration COMPILER = Duration.ofSeconds(20);

    private final long time;
    private final BooleanSupplier wanted;
    private final Machine machine;
    private long sliceBegan;
    private long waited;

    /**
     * @param time the CPU time of the warm-up
     * @param wanted whether to continue
     */
    public Slow(Duration time, BooleanSupplier wanted) {
      this(time, wanted, Machine.REAL);
    }

    Slow(Duration time, BooleanSupplier wanted, Machine machine) {
      this.time = time.toNanos();
      this.wanted = wanted;
      this.machine = machine;
      this.sliceBegan = machine.nanos();
    }

    @Override
    public boolean another() throws InterruptedException {
      var worked = machine.nanos() - sliceBegan;
      if (worked < SLICE) {
        return true;
      }
      machine.pause(worked * PAUSES);
      var _ = awaitRest();
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      sliceBegan = machine.nanos();
      return spent(Thread.currentThread()) < time && wanted.getAsBoolean();
    }

    @Override
    public boolean awaitCompiler() throws InterruptedException {
      return awaitRest() && spent(Thread.currentThread()) < time && wanted.getAsBoolean();
    }

    /** The CPU time of the warm-up's thread; 0 if the JVM does not measure it. */
    public long spent(Thread thread) {
      return machine.cpuTime(thread);
    }

    private boolean awaitRest() throws InterruptedException {
      var began = machine.nanos();
      var worked = machine.awaitCompiler(began + COMPILER.toNanos() - waited);
      waited += machine.nanos() - began;
      return worked;
    }
  }

  /** The clock, the threads and the compiler of the machine, as a slow warm-up uses them. */
  interface Machine {
    Machine REAL =
        new Machine() {
          private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

          @Override
          public long nanos() {
            return System.nanoTime();
          }

          @Override
          public void pause(long nanos) {
            LockSupport.parkNanos(nanos);
          }

          @Override
          public long cpuTime(Thread thread) {
            return Math.max(0, THREADS.getThreadCpuTime(thread.threadId()));
          }

          @Override
          public boolean awaitCompiler(long end) throws InterruptedException {
            return EngineCompiler.awaitRest(end);
          }
        };

    /** Counts as {@link System#nanoTime}. */
    long nanos();

    /** Stops the calling thread for this time, or until it is interrupted. */
    void pause(long nanos);

    /** The CPU time of a thread in nanoseconds. */
    long cpuTime(Thread thread);

    /** As {@link EngineCompiler#awaitRest}. */
    boolean awaitCompiler(long end) throws InterruptedException;
  }
}
