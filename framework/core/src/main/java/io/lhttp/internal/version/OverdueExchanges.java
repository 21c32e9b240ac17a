package io.lhttp.internal.version;

import io.lhttp.internal.measure.Threads;
import io.lhttp.internal.measure.VirtualThreads;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Interrupts exchanges that still compute in replaced classes when the time of their generation is
 * over. They hold carriers, so that messages of the new generation could not run. Stateless.
 */
final class OverdueExchanges {
  /** A thread that ends within this time is not logged. */
  private static final Duration TIME = Duration.ofMillis(10);

  private OverdueExchanges() {}

  /**
   * Logs and interrupts, once, each exchange that computes in one of these links.
   *
   * @param links closed links, whose classes no open link has
   * @param found the threads that earlier calls have found; gets the new ones
   */
  static void end(List<Instance> links, Set<Thread> found, HangWatch hangs) {
    var replaced = links.stream().filter(link -> !Loaders.of(List.of(link)).isEmpty()).toList();
    if (replaced.isEmpty()) {
      return;
    }
    VirtualThreads.all()
        .filter(thread -> thread.getName().startsWith(Threads.EXCHANGE))
        .filter(VirtualThreads::isMounted)
        .toList()
        .forEach(thread -> end(replaced, thread, found, hangs));
  }

  private static void end(List<Instance> links, Thread thread, Set<Thread> found, HangWatch hangs) {
    var stack = Threads.stack(thread);
    for (var link : links) {
      var method = method(link, stack);
      if (method.isPresent() && runs(thread, link) && found.add(thread)) {
        hangs.watch(link, method.get(), thread, TIME);
      }
    }
  }

  /**
   * Whether the thread runs this version of the link's class, or one of the same loader: while a
   * link runs, its loader is the context class loader.
   */
  @SuppressWarnings("ReferenceEquality") // a loader is equal to itself alone
  private static boolean runs(Thread thread, Instance link) {
    return Threads.contextLoader(thread) == link.object().getClass().getClassLoader();
  }

  /** Returns the outermost method of the link's class on the stack. */
  private static Optional<String> method(Instance link, StackTraceElement[] stack) {
    var className = link.object().getClass().getName();
    for (var i = stack.length - 1; i >= 0; i--) {
      if (stack[i].getClassName().equals(className)) {
        return Optional.of(stack[i].getMethodName());
      }
    }
    return Optional.empty();
  }
}
