package io.lhttp.scripts;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/**
 * A thread as the operating system has it. On Linux it can be made to leave the processors to
 * whoever wants them, for the rest of its life: only the privileged may take that back. Java's own
 * priorities mean nothing there. Does nothing elsewhere, nor where native access is not allowed.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/setpriority.2.html">setpriority(2)</a>, under
 *     "C library/kernel differences": a number of a thread takes a nice value of its own
 */
final class SystemThread {
  private static final int LOWEST = 19;
  private static final @Nullable Calls CALLS = calls();

  /** Guarded by this: none once it has ended, as another thread may get it. */
  private int number;

  private SystemThread(int number) {
    this.number = number;
  }

  static SystemThread current() {
    return new SystemThread(CALLS == null ? 0 : CALLS.number());
  }

  /** Lets every other thread go first that has something to do. Any thread. */
  synchronized void standBack() {
    if (number != 0 && CALLS != null && !CALLS.priority(number, LOWEST)) {
      ScriptHost.log.debug("thread {} keeps its priority", number);
    }
  }

  /** Called by itself, before it ends. */
  synchronized void end() {
    number = 0;
  }

  private static @Nullable Calls calls() {
    if (!System.getProperty("os.name").equals("Linux")
        || !SystemThread.class.getModule().isNativeAccessEnabled()) {
      return null;
    }
    try {
      return new Calls(
          function("gettid", FunctionDescriptor.of(JAVA_INT)),
          function("setpriority", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT)));
    } catch (RuntimeException e) {
      ScriptHost.log.debug("no thread can be made to stand back", e);
      return null;
    }
  }

  @SuppressWarnings("restricted") // asked for in calls()
  private static MethodHandle function(String name, FunctionDescriptor types) {
    var linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), types);
  }

  private record Calls(MethodHandle gettid, MethodHandle setpriority) {
    private static final int PRIO_PROCESS = 0;

    int number() {
      try {
        return (int) gettid.invokeExact();
      } catch (Throwable e) {
        throw new AssertionError(e);
      }
    }

    boolean priority(int number, int nice) {
      try {
        return (int) setpriority.invokeExact(PRIO_PROCESS, number, nice) == 0;
      } catch (Throwable e) {
        throw new AssertionError(e);
      }
    }
  }
}
