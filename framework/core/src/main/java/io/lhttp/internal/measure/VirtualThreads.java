package io.lhttp.internal.measure;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The virtual threads of the process, as the JDK keeps track of them. It needs {@link #OPTION},
 * which the launcher passes; without it there are none. Stateless.
 */
public final class VirtualThreads {
  /** The option of the JVM that lets this class see virtual threads. */
  static final String OPTION = "--add-exports=java.base/jdk.internal.vm=ALL-UNNAMED";

  private VirtualThreads() {}

  /** Whether the JDK lets this process see its virtual threads. */
  static boolean known() {
    try {
      return Containers.below(Containers.ROOT) != null;
    } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
      return false;
    }
  }

  /** Returns the living virtual threads, of executors and others. */
  public static Stream<Thread> all() {
    try {
      return Containers.below(Containers.ROOT);
    } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
      return Stream.empty();
    }
  }

  /** Whether a virtual thread holds a platform thread, its carrier. */
  public static boolean isMounted(Thread thread) {
    var carrier = Carrier.FIELD;
    if (carrier != null) {
      try {
        return carrier.get(thread) != null;
      } catch (IllegalAccessException e) {
        throw new IllegalStateException(e);
      }
    }
    return isMounted(thread.getState(), thread.getStackTrace());
  }

  /** Guesses from the stack: a thread that has left its carrier stands in a method of its class. */
  static boolean isMounted(Thread.State state, StackTraceElement[] stack) {
    if (stack.length == 0) {
      return false;
    }
    for (var frame : stack) {
      if (frame.getClassName().equals("java.lang.VirtualThread")
          && frame.getMethodName().equals("parkOnCarrierThread")) {
        return true;
      }
    }
    return stack[0].isNativeMethod()
        || (state == Thread.State.RUNNABLE
            && !stack[0].getClassName().equals("java.lang.VirtualThread")
            && !stack[0].getClassName().startsWith("jdk.internal.vm."));
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

    private static Stream<Thread> below(Object container) throws ReflectiveOperationException {
      var threads = stream(THREADS, container).map(Thread.class::cast).filter(Thread::isVirtual);
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

  /** The field that names the carrier; null if the launcher did not open it. */
  private static final class Carrier {
    private static final @Nullable Field FIELD = find();

    private static @Nullable Field find() {
      try {
        var field = Class.forName("java.lang.VirtualThread").getDeclaredField("carrierThread");
        return field.trySetAccessible() ? field : null;
      } catch (ReflectiveOperationException e) {
        return null;
      }
    }
  }
}
