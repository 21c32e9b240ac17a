package io.lhttp.scripts.threads;

import io.lhttp.scripts.engine.EngineCompiler;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** How fast a rehearsal makes its calls, and for how long. One rehearsal's, on its thread. */
public sealed interface Pace {
  /** Waits for the next call's turn; returns whether there is one. */
  boolean another() throws InterruptedException;

  /**
   * Waits until the engine's compiler has nothing to do; returns whether that took any time, and
   * there is more to rehearse.
   */
  boolean awaitCompiler() throws InterruptedException;

  /**
   * As fast as it goes, up to a time.
   *
   * @param end of {@link System#nanoTime}
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
   * Beside live messages: one part of the time in four, never beside the engine's compiler, which
   * works for the same end. A busy machine makes it slower, and ends it no sooner: it has a
   * processor's time, not the clock's.
   */
  final class Slow implements Pace {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    /** So long other threads wait for a processor at the most. */
    private static final long SLICE = 1_000_000;

    private static final int PAUSES = 3;

    /** In all; live messages may keep the compiler busy without end. */
    private static final Duration COMPILER = Duration.ofSeconds(20);

    private final long time;
    private final BooleanSupplier wanted;
    private long sliceBegan = System.nanoTime();
    private long waited;

    /**
     * @param time of a processor
     * @param wanted whether it is to go on
     */
    public Slow(Duration time, BooleanSupplier wanted) {
      this.time = time.toNanos();
      this.wanted = wanted;
    }

    @Override
    public boolean another() throws InterruptedException {
      var worked = System.nanoTime() - sliceBegan;
      if (worked < SLICE) {
        return true;
      }
      LockSupport.parkNanos(worked * PAUSES);
      var _ = awaitRest();
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      sliceBegan = System.nanoTime();
      return spent(Thread.currentThread()) < time && wanted.getAsBoolean();
    }

    @Override
    public boolean awaitCompiler() throws InterruptedException {
      return awaitRest() && spent(Thread.currentThread()) < time && wanted.getAsBoolean();
    }

    /** The processor's time that a rehearsal's thread has had; 0 where nobody counts it. */
    public long spent(Thread thread) {
      return Math.max(0, THREADS.getThreadCpuTime(thread.threadId()));
    }

    private boolean awaitRest() throws InterruptedException {
      var began = System.nanoTime();
      var worked = EngineCompiler.awaitRest(began + COMPILER.toNanos() - waited);
      waited += System.nanoTime() - began;
      return worked;
    }
  }
}
