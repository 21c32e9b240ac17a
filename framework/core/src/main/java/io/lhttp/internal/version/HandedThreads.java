package io.lhttp.internal.version;

import io.lhttp.internal.measure.Threads;
import java.util.stream.Stream;

/**
 * The threads of objects that a replaced link has handed over, such as those of a pool. They have
 * inherited the link's context class loader. Stateless.
 */
final class HandedThreads {
  private HandedThreads() {}

  /**
   * Gives threads that run no code of a replaced loader another context class loader, so that they
   * count as threads of the successor.
   */
  @SuppressWarnings("ReferenceEquality") // a loader is equal to itself alone
  static void adopt(ClassLoader from, ClassLoader to) {
    if (from == to) {
      return;
    }
    Threads.all().stream()
        .filter(thread -> Threads.contextLoader(thread) == from)
        .filter(thread -> thread.getClass().getClassLoader() != from && !runs(thread, from))
        .forEach(thread -> Threads.attempt(() -> thread.setContextClassLoader(to)));
  }

  private static boolean runs(Thread thread, ClassLoader loader) {
    return Stream.of(Threads.stack(thread)).anyMatch(frame -> has(loader, frame.getClassName()));
  }

  @SuppressWarnings("ReferenceEquality")
  private static boolean has(ClassLoader loader, String className) {
    try {
      return Class.forName(className, false, loader).getClassLoader() == loader;
    } catch (ClassNotFoundException | LinkageError ignored) {
      return false;
    }
  }
}
