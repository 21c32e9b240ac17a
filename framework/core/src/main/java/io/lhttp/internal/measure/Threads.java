package io.lhttp.internal.measure;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All threads of the process: platform threads, and those virtual threads that the JDK can list.
 * Stateless.
 */
public final class Threads {
  /** The names of the virtual threads that run exchanges begin with this. */
  public static final String EXCHANGE = "lhttp-exchange-";

  /** The extra places of the array, for threads that start while the threads are listed. */
  private static final int MORE = 64;

  private Threads() {}

  /** Returns the living threads except the calling one. */
  @SuppressWarnings("ReferenceEquality") // a thread is equal to itself alone
  public static List<Thread> all() {
    return Stream.concat(platform().stream(), VirtualThreads.all())
        .filter(thread -> thread != Thread.currentThread())
        .toList();
  }

  // Users' subclasses of Thread may override these methods, and throw.

  /** Returns the context class loader; null if there is none or a user's method throws. */
  public static @Nullable ClassLoader contextLoader(Thread thread) {
    try {
      return thread.getContextClassLoader();
    } catch (RuntimeException | LinkageError e) {
      return null;
    }
  }

  /** Returns the stack; empty if a user's method throws. */
  public static StackTraceElement[] stack(Thread thread) {
    try {
      return thread.getStackTrace();
    } catch (RuntimeException | LinkageError e) {
      return new StackTraceElement[0];
    }
  }

  /** Runs a method of a thread, such as its interruption, unless a user's method throws. */
  public static void attempt(Runnable method) {
    try {
      method.run();
    } catch (RuntimeException | LinkageError e) {
      // the caller goes on with the other threads
    }
  }

  /** Returns the living platform threads, among them those that carry virtual threads. */
  static List<Thread> platform() {
    var root = Objects.requireNonNull(Thread.currentThread().getThreadGroup());
    for (var parent = root.getParent(); parent != null; parent = root.getParent()) {
      root = parent;
    }
    var threads = new Thread[root.activeCount() + MORE];
    while (root.enumerate(threads, true) == threads.length) {
      threads = new Thread[2 * threads.length];
    }
    return Arrays.stream(threads).filter(Objects::nonNull).toList();
  }
}
