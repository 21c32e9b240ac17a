package io.lhttp.app.code.leak;

import io.lhttp.app.code.CauseText;
import io.lhttp.app.code.origin.ThreadOrigin;
import io.lhttp.internal.measure.InnermostFrame;
import io.lhttp.internal.measure.Threads;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds the threads that code of one replaced loader has started and not ended. Threads inherit the
 * context class loader from their creator, which the server sets for each link; so that loader
 * tells them. This class keeps no reference to the loader after a call.
 */
final class LoaderThreads {
  private static final String TIMER = "java.util.TimerThread";

  /** The timers of an HTTP server of the JDK. */
  private static final Set<String> HTTP_TIMERS =
      Set.of("idle-timeout-task", "req-rsp-timeout-task");

  private static final String POOL = "java.util.concurrent.ThreadPoolExecutor";

  /** The advice in the log for a call that does not return to a thread of the server. */
  static final String CALL_ADVICE =
      "mend the line; this call holds the classes until it returns or the server restarts";

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
        if (!isServers(thread) || !Stack.of(thread).runsUsersCode()) {
          release(thread);
        } // else the call may hang; the server's thread drops the loader when the call returns
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
   * A thread, and its stack at one moment.
   *
   * @param users the frames of users' code among the frames
   */
  record Stack(Thread thread, List<StackTraceElement> frames, List<StackTraceElement> users) {
    static Stack of(Thread thread) {
      var frames = Threads.stack(thread);
      return new Stack(thread, List.of(frames), CauseText.usersFrames(frames).toList());
    }

    boolean runsUsersCode() {
      return !users.isEmpty();
    }
  }

  /** Returns the stacks of the threads of a loader. */
  static List<Stack> stacks(ClassLoader loader) {
    return of(loader).stream().map(Stack::of).toList();
  }

  /**
   * Describes those of the threads that run code of the application: each name, and the line that
   * runs.
   */
  static List<HoldReason> running(List<Stack> stacks) {
    return stacks.stream().filter(Stack::runsUsersCode).map(LoaderThreads::hold).toList();
  }

  /**
   * Describes those of the threads that run no code of the application, such as those of an idle
   * executor without waiting tasks. Gives them the server's context class loader, so that they hold
   * no replaced classes.
   *
   * @param used as for {@link #end}; the threads that it returns are not described, but also get
   *     the server's context class loader
   */
  static List<HoldReason> releaseIdle(List<Stack> stacks, UnaryOperator<Set<Thread>> used) {
    var idle =
        stacks.stream()
            .filter(stack -> !stack.runsUsersCode() && stack.thread().isAlive())
            .toList();
    var threads = idle.stream().map(Stack::thread).collect(Collectors.toSet());
    var kept = threads.isEmpty() ? Set.of() : used.apply(threads);
    var holds =
        idle.stream()
            .filter(stack -> !kept.contains(stack.thread()) && !hasWaitingTasks(stack.thread()))
            .sorted(Comparator.comparing(stack -> stack.thread().getName()))
            .map(LoaderThreads::hold)
            .toList();
    threads.forEach(LoaderThreads::release);
    return holds;
  }

  /**
   * Returns the living threads that these constructions have started, directly or by other threads,
   * without those of the server and the JDK.
   */
  static Map<ThreadOrigin, List<Thread>> of(Set<ThreadOrigin> origins) {
    var threads = new IdentityHashMap<ThreadOrigin, List<Thread>>();
    for (var thread : Threads.all()) {
      var origin = origin(thread);
      if (origin != null
          && origins.contains(origin)
          && !isShared(thread)
          && !thread.getName().startsWith(Threads.EXCHANGE)) {
        threads.computeIfAbsent(origin, _ -> new ArrayList<>()).add(thread);
      }
    }
    return threads;
  }

  private static @Nullable ThreadOrigin origin(Thread thread) {
    var locals = FieldReader.read(Thread.class, "inheritableThreadLocals", thread);
    if (FieldReader.value(locals, "table") instanceof Object[] entries) {
      for (var entry : entries) {
        if (FieldReader.value(entry, "value") instanceof ThreadOrigin origin) {
          return origin;
        }
      }
    }
    return null;
  }

  /**
   * Describes those of the threads that belong to idle timers, executors and HTTP servers. Other
   * threads without code of the application may be the JDK's.
   */
  static List<HoldReason> idle(List<Stack> stacks) {
    return stacks.stream()
        .filter(stack -> !stack.runsUsersCode() && stack.thread().isAlive())
        .filter(stack -> kind(stack) != HolderKind.THREAD)
        .map(stack ->
            HTTP_TIMERS.contains(stack.thread().getName()) ? httpServer(stack) : hold(stack))
        .distinct()
        .toList();
  }

  /** Describes the open HTTP server of the JDK that has this timer. */
  private static HoldReason httpServer(Stack stack) {
    var tasks = FieldReader.value(FieldReader.value(stack.thread(), "queue"), "queue");
    var words = "open HttpServer";
    if (tasks instanceof Object[] all && all.length > 1 && all[1] != null) { // the heap begins at 1
      words = Roots.httpServer(all[1]);
    }
    return new HoldReason(HolderKind.HTTP_SERVER, HolderKind.HTTP_SERVER.label, words);
  }

  private static void release(Thread thread) {
    Threads.attempt(() -> thread.setContextClassLoader(LoaderThreads.class.getClassLoader()));
  }

  /**
   * Whether the thread belongs to the server or the JDK, and code of the application was only the
   * first to need it.
   */
  private static boolean isShared(Thread thread) {
    return thread.getName().startsWith("ForkJoinPool.commonPool")
        || (isServers(thread) && !thread.getName().startsWith(Threads.EXCHANGE));
  }

  /** Whether the server has started the thread, such as one that closes a link. */
  static boolean isServers(Thread thread) {
    return thread.getName().startsWith("lhttp-");
  }

  /**
   * Whether tasks wait in the executor of a thread. Then they hold the classes, and the thread is
   * no idle one that holds none.
   */
  private static boolean hasWaitingTasks(Thread thread) {
    return read(ThreadPoolExecutor.class, "workQueue", executor(thread))
            instanceof Collection<?> queue
        && queue.getClass().getClassLoader() == null
        && !queue.isEmpty();
  }

  /**
   * Describes those threads that run a class of one of these names. Whether it is the class of this
   * version or of another one can't be told from a stack trace.
   */
  static List<String> suspects(Collection<String> classNames, List<Stack> stacks) {
    var names = Set.copyOf(classNames);
    return stacks.stream()
        .flatMap(stack ->
            stack.users().stream()
                .filter(frame -> names.contains(frame.getClassName()))
                .limit(1)
                .map(frame ->
                    "thread '%s' at %s"
                        .formatted(stack.thread().getName(), InnermostFrame.text(frame))))
        .toList();
  }

  /** Returns the stacks of all threads that run users' code. */
  static List<Stack> usersStacks() {
    return Threads.all().stream().map(Stack::of).filter(Stack::runsUsersCode).toList();
  }

  private static List<Thread> of(ClassLoader loader) {
    return Threads.all().stream().filter(thread -> belongs(thread, loader)).toList();
  }

  @SuppressWarnings("ReferenceEquality") // a loader is equal to itself alone
  private static boolean belongs(Thread thread, ClassLoader loader) {
    return Threads.contextLoader(thread) == loader || thread.getClass().getClassLoader() == loader;
  }

  private static HoldReason hold(Stack stack) {
    var thread = stack.thread();
    var by = kind(stack);
    if (by == HolderKind.EXECUTOR && isIdle(stack)) {
      var factory = factory(thread);
      return new HoldReason(
          by,
          by.label + factory + thread.getName().replaceAll("\\d+", "#"),
          "idle executor's thread '%s'%s".formatted(thread.getName(), factory));
    }
    if (by == HolderKind.TIMER && !stack.runsUsersCode()) {
      var timer = "timer '%s'".formatted(thread.getName());
      return new HoldReason(by, timer.replaceAll("\\d+", "#"), timer);
    }
    var at = at(stack);
    if (isServers(thread)) {
      return new HoldReason(by, by.label + at, callOf(stack), CALL_ADVICE);
    }
    var words =
        switch (by) {
          case TIMER -> "timer";
          case EXECUTOR -> "executor's thread";
          default -> thread.isVirtual() ? "virtual thread" : "thread";
        };
    return new HoldReason(
        by, by.label + at, "%s '%s' at %s".formatted(words, thread.getName(), at));
  }

  /** Describes the users' call that a thread of the server runs. */
  static String callOf(Stack stack) {
    return "a call that does not return, on the thread '%s' at %s"
        .formatted(stack.thread().getName(), at(stack));
  }

  private static HolderKind kind(Stack stack) {
    if (stack.thread().getClass().getName().equals(TIMER)) {
      return HolderKind.TIMER;
    }
    var pooled =
        stack.frames().stream()
            .anyMatch(frame ->
                frame.getClassName().equals(POOL)
                    || frame.getClassName().equals("java.util.concurrent.ForkJoinWorkerThread"));
    return pooled ? HolderKind.EXECUTOR : HolderKind.THREAD;
  }

  /** Whether the thread of an executor waits for a task. */
  private static boolean isIdle(Stack stack) {
    return stack.frames().stream()
        .anyMatch(frame ->
            (frame.getClassName().equals(POOL) && frame.getMethodName().equals("getTask"))
                || (frame.getClassName().equals(ForkJoinPool.class.getName())
                    && frame.getMethodName().equals("awaitWork")));
  }

  /** Names the factory that made the thread of an executor; empty for those of the JDK. */
  private static String factory(Thread thread) {
    var factory =
        thread instanceof ForkJoinWorkerThread
            ? read(ForkJoinPool.class, "factory", read(ForkJoinWorkerThread.class, "pool", thread))
            : read(ThreadPoolExecutor.class, "threadFactory", executor(thread));
    return factory == null || factory.getClass().getClassLoader() == null
        ? ""
        : " of the factory " + HeapWalk.name(factory.getClass());
  }

  private static @Nullable Object executor(Thread thread) {
    return FieldReader.value(Roots.task(thread), "this$0");
  }

  private static @Nullable Object read(Class<?> type, String field, @Nullable Object owner) {
    return type.isInstance(owner) ? FieldReader.read(type, field, owner) : null;
  }

  /** The innermost stack frame in the user's code, or else the innermost one of all. */
  private static String at(Stack stack) {
    return Stream.concat(stack.users().stream(), stack.frames().stream())
        .findFirst()
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
      var queue = Objects.requireNonNull(FieldReader.value(thread, "queue"));
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
