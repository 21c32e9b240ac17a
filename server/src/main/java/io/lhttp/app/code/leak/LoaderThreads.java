package io.lhttp.app.code.leak;

import io.lhttp.app.code.Causes;
import io.lhttp.internal.measure.InnermostFrame;
import io.lhttp.internal.measure.Threads;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds the threads that code of one replaced loader has started and not ended. Threads inherit the
 * context class loader from their creator, which the server sets for each link; so that loader
 * tells them. This class keeps no reference to the loader after a call.
 */
final class LoaderThreads {
  private static final String TIMER = "java.util.TimerThread";

  private LoaderThreads() {}

  /**
   * Interrupts the threads of a loader and cancels its timers; returns a description of each
   * cancelled timer.
   *
   * @param used returns, from the threads of the loader, those that the running code has taken over
   *     with an executor or timer; they are left alone
   */
  static List<String> end(ClassLoader loader, UnaryOperator<Set<Thread>> used) {
    var cancelled = new ArrayList<String>();
    var threads = of(loader);
    var kept = threads.isEmpty() ? Set.of() : used.apply(Set.copyOf(threads));
    for (var thread : threads) {
      if (kept.contains(thread)) {
        continue;
      }
      if (isShared(thread)) {
        release(thread);
      } else if (!thread.getName().startsWith(Threads.EXCHANGE)) { // exchanges end by themselves
        if (cancel(thread)) {
          cancelled.add("timer '" + thread.getName() + "'");
        }
        Threads.attempt(thread::interrupt);
      }
    }
    return cancelled;
  }

  /**
   * Describes the threads of a loader that run code of the application now: each name, and the line
   * that runs.
   */
  static List<Hold> running(ClassLoader loader) {
    return of(loader).stream()
        .filter(LoaderThreads::runsUsersCode)
        .map(LoaderThreads::hold)
        .toList();
  }

  /**
   * Describes the threads of a loader that run no code of the application now, such as those of an
   * idle executor. Gives them the server's context class loader, so that they hold no replaced
   * classes.
   *
   * @param used as for {@link #end}; the threads that it returns are not described, but also get
   *     the server's context class loader
   */
  static List<Hold> releaseIdle(ClassLoader loader, UnaryOperator<Set<Thread>> used) {
    var threads =
        of(loader).stream()
            .filter(thread -> !runsUsersCode(thread) && thread.isAlive())
            .collect(Collectors.toSet());
    var kept = threads.isEmpty() ? Set.of() : used.apply(threads);
    var idle =
        threads.stream()
            .filter(thread -> !kept.contains(thread))
            .sorted(Comparator.comparing(Thread::getName))
            .map(LoaderThreads::hold)
            .toList();
    threads.forEach(LoaderThreads::release);
    return idle;
  }

  private static void release(Thread thread) {
    Threads.attempt(() -> thread.setContextClassLoader(LoaderThreads.class.getClassLoader()));
  }

  private static boolean runsUsersCode(Thread thread) {
    return Causes.usersFrames(Threads.stack(thread)).findFirst().isPresent();
  }

  /**
   * Whether the thread belongs to the server or the JDK, and code of the application was only the
   * first to need it.
   */
  private static boolean isShared(Thread thread) {
    var name = thread.getName();
    return name.startsWith("ForkJoinPool.commonPool")
        || (name.startsWith("lhttp-") && !name.startsWith(Threads.EXCHANGE));
  }

  /**
   * Describes those threads that run a class of one of these names. Whether it is the class of this
   * version or of another one can't be told from a stack trace.
   */
  static List<String> suspects(Collection<String> classNames, List<UsersStack> stacks) {
    var names = Set.copyOf(classNames);
    return stacks.stream()
        .flatMap(stack ->
            stack.frames().stream()
                .filter(frame -> names.contains(frame.getClassName()))
                .limit(1)
                .map(frame ->
                    "thread '%s' at %s".formatted(stack.thread(), InnermostFrame.text(frame))))
        .toList();
  }

  /**
   * The users' frames of a thread's stack.
   *
   * @param thread the thread's name
   */
  record UsersStack(String thread, List<StackTraceElement> frames) {}

  /** Returns the users' frames of all threads that have some. */
  static List<UsersStack> usersStacks() {
    return Threads.all().stream()
        .map(thread ->
            new UsersStack(thread.getName(), Causes.usersFrames(Threads.stack(thread)).toList()))
        .filter(stack -> !stack.frames().isEmpty())
        .toList();
  }

  private static List<Thread> of(ClassLoader loader) {
    return Threads.all().stream().filter(thread -> belongs(thread, loader)).toList();
  }

  @SuppressWarnings("ReferenceEquality") // a loader is equal to itself alone
  private static boolean belongs(Thread thread, ClassLoader loader) {
    return Threads.contextLoader(thread) == loader || thread.getClass().getClassLoader() == loader;
  }

  private static Hold hold(Thread thread) {
    var by = kind(thread);
    var at = at(thread);
    var words =
        switch (by) {
          case TIMER -> "timer";
          case EXECUTOR -> "executor's thread";
          default -> thread.isVirtual() ? "virtual thread" : "thread";
        };
    return new Hold(by, by.label + at, "%s '%s' at %s".formatted(words, thread.getName(), at));
  }

  private static HeldBy kind(Thread thread) {
    if (thread.getClass().getName().equals(TIMER)) {
      return HeldBy.TIMER;
    }
    var pooled =
        Stream.of(Threads.stack(thread))
            .anyMatch(frame ->
                frame.getClassName().equals("java.util.concurrent.ThreadPoolExecutor")
                    || frame.getClassName().equals("java.util.concurrent.ForkJoinWorkerThread"));
    return pooled ? HeldBy.EXECUTOR : HeldBy.THREAD;
  }

  /** The innermost stack frame in the user's code, or else the innermost one of all. */
  private static String at(Thread thread) {
    var frames = Threads.stack(thread);
    return Causes.usersFrames(frames)
        .findFirst()
        .or(() -> Arrays.stream(frames).findFirst())
        .map(InnermostFrame::text)
        .orElse("its end");
  }

  /**
   * Cancels the timer of a thread. Does by reflection what {@link java.util.Timer#cancel} does,
   * because only the thread is known and not the timer.
   */
  private static boolean cancel(Thread thread) {
    if (!thread.getClass().getName().equals(TIMER)) {
      return false;
    }
    try {
      var queue = Objects.requireNonNull(Fields.read(thread.getClass(), "queue", thread));
      var open = thread.getClass().getDeclaredField("newTasksMayBeScheduled");
      var clear = queue.getClass().getDeclaredMethod("clear");
      open.setAccessible(true);
      clear.setAccessible(true);
      synchronized (queue) {
        open.setBoolean(thread, false);
        clear.invoke(queue);
        queue.notifyAll();
      }
      return true;
    } catch (ReflectiveOperationException | RuntimeException e) {
      return false; // the launcher did not open java.util
    }
  }
}
