package io.lhttp.app.code.leak;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * All threads of the process: platform threads, and virtual threads that the JDK keeps track of.
 */
final class Threads {
  /** Room for threads that begin while they are listed. */
  private static final int MORE = 64;

  private Threads() {}

  /** Returns the living threads, without the calling one. */
  static List<Thread> all() {
    return Stream.concat(platform(), virtual())
        .filter(thread -> thread != Thread.currentThread())
        .toList();
  }

  private static Stream<Thread> platform() {
    var root = Objects.requireNonNull(Thread.currentThread().getThreadGroup());
    for (var parent = root.getParent(); parent != null; parent = root.getParent()) {
      root = parent;
    }
    var threads = new Thread[root.activeCount() + MORE];
    while (root.enumerate(threads, true) == threads.length) {
      threads = new Thread[2 * threads.length];
    }
    return Arrays.stream(threads).filter(Objects::nonNull);
  }

  /** The launcher exports the JDK's list of threads; it is empty without. */
  private static Stream<Thread> virtual() {
    try {
      return Containers.all();
    } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
      return Stream.empty();
    }
  }

  /** The containers in which the JDK keeps virtual threads: one for each executor, and the rest. */
  private static final class Containers {
    private static final Method THREADS;
    private static final Method CHILDREN;
    private static final Object ROOT;

    static {
      try {
        var type = Class.forName("jdk.internal.vm.ThreadContainer");
        THREADS = type.getMethod("threads");
        CHILDREN = type.getMethod("children");
        ROOT = Class.forName("jdk.internal.vm.ThreadContainers").getMethod("root").invoke(null);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    static Stream<Thread> all() throws ReflectiveOperationException {
      return below(ROOT);
    }

    private static Stream<Thread> below(Object container) throws ReflectiveOperationException {
      var threads =
          stream(THREADS, container)
              .map(Thread.class::cast)
              .filter(Thread::isVirtual)
              .toList()
              .stream();
      for (var child : stream(CHILDREN, container).toList()) {
        threads = Stream.concat(threads, below(child));
      }
      return threads;
    }

    private static Stream<?> stream(Method method, Object container)
        throws ReflectiveOperationException {
      return (Stream<?>) method.invoke(container);
    }
  }
}
