package io.lhttp.app.code.leak;

import io.lhttp.app.code.UserCode;
import io.lhttp.internal.measure.Threads;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.ProxySelector;
import java.net.ResponseCache;
import java.nio.channels.ServerSocketChannel;
import java.security.Security;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ForkJoinPool;
import java.util.logging.LogManager;
import javax.management.MBeanServerDelegate;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * The objects from which a search for replaced classes begins, the most likely holders first.
 * Confined to one thread, which uses each instance once.
 */
final class Roots {
  /** The hook of the JDK's log leads to all its handlers, which have roots of their own. */
  private static final String LOG_CLEANER = "java.util.logging.LogManager$Cleaner";

  private static final String HTTP_SERVER = "sun.net.httpserver.ServerImpl$Dispatcher";

  private final List<Root> all = new ArrayList<>();

  private void add(HolderKind by, String words, @Nullable Object value) {
    if (value != null) {
      all.add(new Root(by, words, value));
    }
  }

  /** Returns the places where the JDK and the log keep objects that users' code registered. */
  static List<Root> registrations() {
    var roots = new Roots();
    roots.shutdownHooks();
    var threads = Threads.all().stream().sorted(Comparator.comparingInt(Roots::rank)).toList();
    threads.forEach(roots::threadLocals);
    threads.forEach(roots::thread);
    roots.handlers();
    roots.logging();
    roots.jdk();
    roots.remoteObjects();
    return roots.all;
  }

  /**
   * Returns the beans that are registered with the platform's MBean server, those of the JDK last:
   * they lead to all others.
   */
  static List<Root> beans() {
    var found = Registrations.beanServer();
    if (found.isEmpty()) {
      return List.of();
    }
    var roots = new Roots();
    var server = found.get();
    var repository = FieldReader.value(FieldReader.value(server, "mbsInterceptor"), "repository");
    if (FieldReader.value(repository, "domainTb") instanceof Map<?, ?> domains) {
      for (var name : server.queryNames(null, null)) {
        if (domains.get(name.getDomain()) instanceof Map<?, ?> beans) {
          var bean = bean(beans.get(name.getCanonicalKeyPropertyListString()));
          if (bean != null) {
            roots.all.add(
                new Root(HolderKind.JDK, "MBean " + name, bean, "deregister it in close()"));
          }
        }
      }
    }
    roots.all.sort(Comparator.comparing(root -> root.value().getClass().getModule().isNamed()));
    return roots.all;
  }

  /** Returns the object behind an entry of the MBean server. */
  private static @Nullable Object bean(@Nullable Object entry) {
    var bean = FieldReader.value(entry, "object");
    var support = FieldReader.type("com.sun.jmx.mbeanserver.MBeanSupport");
    return support.isInstance(bean) ? FieldReader.read(support, "resource", bean) : bean;
  }

  /** Returns the static fields of classes that are in use. */
  static List<Root> code(Collection<UserCode> inUse) {
    var roots = new Roots();
    for (var code : inUse) {
      for (var type : code.loadedClasses()) {
        for (var field : FieldReader.staticOf(type)) {
          roots.add(
              HolderKind.CODE,
              "static field " + type.getTypeName() + "." + field.getName(),
              FieldReader.read(field, null));
        }
      }
    }
    return roots.all;
  }

  /** Returns the threads themselves; most objects of the process can be reached from them. */
  static List<Root> threads() {
    var roots = new Roots();
    Threads.all()
        .forEach(
            thread -> roots.add(HolderKind.THREAD, "thread '" + thread.getName() + "'", thread));
    return roots.all;
  }

  /**
   * The timers of an HTTP server of the JDK lead to the server, whose own thread says more. The
   * JDK's thread for cleaners leads to executors and timers, whose own roots say more.
   */
  private static int rank(Thread thread) {
    return switch (thread.getName()) {
      case "HTTP-Dispatcher" -> 0;
      case "Common-Cleaner" -> 2;
      default -> 1;
    };
  }

  private void shutdownHooks() {
    if (FieldReader.readStatic("java.lang.ApplicationShutdownHooks", "hooks")
        instanceof Map<?, ?> hooks) {
      List<?> threads;
      synchronized (FieldReader.type("java.lang.ApplicationShutdownHooks")) {
        threads = List.copyOf(hooks.keySet());
      }
      for (var hook : threads) {
        if (hook instanceof Thread thread && !thread.getClass().getName().equals(LOG_CLEANER)) {
          add(HolderKind.SHUTDOWN_HOOK, "shutdown hook '" + thread.getName() + "'", task(thread));
          add(HolderKind.SHUTDOWN_HOOK, "shutdown hook '" + thread.getName() + "'", thread);
        }
      }
    }
  }

  private void threadLocals(Thread thread) {
    for (var field : List.of("threadLocals", "inheritableThreadLocals")) {
      add(
          HolderKind.THREAD_LOCAL,
          "ThreadLocal of the thread '" + thread.getName() + "'",
          FieldReader.read(Thread.class, field, thread));
    }
  }

  /**
   * Adds the task that a thread runs. The task of an executor's thread leads to all other tasks of
   * the executor.
   */
  private void thread(Thread thread) {
    var name = "'" + thread.getName() + "'";
    add(
        HolderKind.HANDLER,
        "uncaught-exception handler of the thread " + name,
        FieldReader.read(Thread.class, "uncaughtExceptionHandler", thread));
    if (thread.getClass().getName().equals("java.util.TimerThread")) {
      add(HolderKind.TIMER, "timer " + name, FieldReader.value(thread, "queue"));
    }
    var task = task(thread);
    if (task != null && task.getClass().getName().equals(HTTP_SERVER)) {
      if (!isOwn(task)) {
        add(HolderKind.HTTP_SERVER, httpServer(task) + ", thread " + name, task);
      }
    } else if (task != null && LoaderThreads.isServers(thread)) {
      serversThread(thread, task);
    } else if (task != null) {
      var pooled =
          task.getClass().getName().equals("java.util.concurrent.ThreadPoolExecutor$Worker");
      add(
          pooled ? HolderKind.EXECUTOR : HolderKind.THREAD,
          (pooled ? "executor of the thread " : "thread ") + name,
          task);
    }
  }

  /**
   * Adds the task of a thread that this server has started. If users' code runs there, that call is
   * what the users can end.
   */
  private void serversThread(Thread thread, Object task) {
    var stack = LoaderThreads.Stack.of(thread);
    all.add(
        stack.runsUsersCode()
            ? new Root(
                HolderKind.THREAD, LoaderThreads.callOf(stack), task, LoaderThreads.CALL_ADVICE)
            : new Root(HolderKind.THREAD, "thread '" + thread.getName() + "'", task));
  }

  /**
   * Whether an HTTP server of the JDK answers by code of this server, as the admin listener does.
   * It leads to the whole server, whose objects have roots of their own.
   */
  private static boolean isOwn(Object dispatcher) {
    var list = FieldReader.value(FieldReader.value(dispatcher, "this$0"), "contexts");
    if (FieldReader.value(list, "list") instanceof List<?> contexts) {
      for (var context : contexts) {
        var handler = FieldReader.value(context, "handler");
        if (handler != null && isServers(handler.getClass())) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean isServers(Class<?> type) {
    return type.getName().startsWith("io.lhttp.")
        && Objects.equals(type.getClassLoader(), Roots.class.getClassLoader());
  }

  /** Names an open HTTP server of the JDK, by the task of its thread. */
  static String httpServer(Object dispatcher) {
    var server = FieldReader.value(dispatcher, "this$0");
    return FieldReader.value(server, "schan") instanceof ServerSocketChannel open
        ? "open HttpServer on port " + open.socket().getLocalPort()
        : "open HttpServer";
  }

  /** Returns the task of a platform thread; null if it has none, or if it can't be read. */
  static @Nullable Object task(Thread thread) {
    return FieldReader.value(FieldReader.read(Thread.class, "holder", thread), "task");
  }

  private void handlers() {
    add(
        HolderKind.HANDLER,
        "Thread.setDefaultUncaughtExceptionHandler",
        Thread.getDefaultUncaughtExceptionHandler());
    add(HolderKind.EXECUTOR, "common pool of the JDK", ForkJoinPool.commonPool());
  }

  private void logging() {
    var manager = LogManager.getLogManager();
    for (var name : Collections.list(manager.getLoggerNames())) {
      var logger = manager.getLogger(name);
      if (logger != null) {
        var words =
            name.isEmpty()
                ? "java.util.logging's root logger"
                : "java.util.logging's logger '" + name + "'";
        add(HolderKind.LOGGING, words, logger.getHandlers());
        add(HolderKind.LOGGING, words, logger.getFilter());
        add(HolderKind.LOGGING, words, logger.getLevel());
        add(HolderKind.LOGGING, words, logger);
      }
    }
    add(HolderKind.LOGGING, "the log", LoggerFactory.getILoggerFactory());
  }

  /** Adds the remote objects that this process exports; none if it has not used RMI. */
  private void remoteObjects() {
    if (FieldReader.readStaticIfInitialised("sun.rmi.transport.ObjectTable", "objTable")
        instanceof Map<?, ?> table) {
      List<?> targets;
      synchronized (table) {
        targets = List.copyOf(table.values());
      }
      for (var target : targets) {
        var exported =
            FieldReader.value(target, "weakImpl") instanceof Reference<?> weak ? weak.get() : null;
        var name = exported == null ? "" : " " + HeapWalk.name(exported.getClass());
        all.add(
            new Root(
                HolderKind.JDK,
                "exported RMI object" + name,
                target,
                "call UnicastRemoteObject.unexportObject in close()"));
      }
    }
  }

  private void jdk() {
    for (var provider : Security.getProviders()) {
      add(HolderKind.JDK, "security provider " + provider.getName(), provider);
    }
    for (var property : System.getProperties().entrySet()) {
      if (!(property.getKey() instanceof String) || !(property.getValue() instanceof String)) {
        add(HolderKind.JDK, "system property", property.getKey());
        add(HolderKind.JDK, "system property " + property.getKey(), property.getValue());
      }
    }
    add(HolderKind.JDK, "System.out", System.out);
    add(HolderKind.JDK, "System.err", System.err);
    add(HolderKind.JDK, "System.in", System.in);
    add(HolderKind.JDK, "ProxySelector.setDefault", ProxySelector.getDefault());
    add(HolderKind.JDK, "CookieHandler.setDefault", CookieHandler.getDefault());
    add(HolderKind.JDK, "ResponseCache.setDefault", ResponseCache.getDefault());
    add(HolderKind.JDK, "Authenticator.setDefault", Authenticator.getDefault());
    add(
        HolderKind.JDK,
        "URL.setURLStreamHandlerFactory",
        FieldReader.readStatic("java.net.URL", "factory"));
    add(HolderKind.JDK, "handlers of URLs", FieldReader.readStatic("java.net.URL", "handlers"));
    ManagementFactory.getGarbageCollectorMXBeans()
        .forEach(
            bean -> add(HolderKind.JDK, "listener of the MBean " + bean.getObjectName(), bean));
    var memory = ManagementFactory.getMemoryMXBean();
    add(HolderKind.JDK, "listener of the MBean " + memory.getObjectName(), memory);
    Registrations.beanServer()
        .ifPresent(server ->
            add(
                HolderKind.JDK,
                "listener of the MBean " + MBeanServerDelegate.DELEGATE_NAME,
                FieldReader.value(server, "mBeanServerDelegateObject")));
  }
}
