package io.lhttp.app.code.leak;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.lhttp.app.code.CauseText;
import io.lhttp.app.code.ClassLoaders;
import io.lhttp.app.code.TestJar;
import io.lhttp.internal.measure.Threads;
import io.lhttp.testing.Eventually;
import java.lang.ref.Reference;
import java.lang.ref.SoftReference;
import java.lang.ref.WeakReference;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.rmi.registry.Registry;
import java.rmi.server.UnicastRemoteObject;
import java.security.Security;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Users' code that leaves something behind: the log names it, with its class. */
class LeakTest extends LeakFixture {
  private static final String PROPERTY = "lhttp.test.leak";
  private static final String LOGGER = "lhttp.test.leak";

  /** The JDK holds loggers weakly. */
  private static final Logger logger = Logger.getLogger(LOGGER);

  private static final Logger root = Logger.getLogger("");

  private final Thread.UncaughtExceptionHandler handler =
      Thread.getDefaultUncaughtExceptionHandler();
  private final CountDownLatch end = new CountDownLatch(1);

  @AfterEach
  void undo() {
    end.countDown();
    System.getProperties().put(PROPERTY, "end");
    Eventually.holds(
        "threads of the test end",
        () -> {
          var running =
              Threads.all().stream()
                  .filter(
                      thread -> CauseText.usersFrames(thread.getStackTrace()).findAny().isPresent())
                  .toList();
          running.forEach(Thread::interrupt);
          return running.isEmpty();
        });
    Thread.setDefaultUncaughtExceptionHandler(handler);
    System.getProperties().remove(PROPERTY);
    Security.removeProvider(PROPERTY);
    for (var one : List.of(logger, root)) {
      for (var added : one.getHandlers()) {
        if (added.getClass().getName().startsWith("Leaky")) {
          one.removeHandler(added);
        }
      }
    }
  }

  private void leaky(String constructor) throws Exception {
    write(
        "filters/Leaky.java",
        """
        import java.util.concurrent.*;
        public class Leaky implements io.lhttp.Filter {
          static final ThreadLocal<Object> SLOT = new ThreadLocal<>();
          public Leaky() throws Exception { %s }
          static final Semaphore RESTING = new Semaphore(0);
          static void rest() {
            RESTING.release();
            while (System.getProperty("lhttp.test.leak") == null) {
              try { Thread.sleep(100_000); } catch (InterruptedException e) { /* runs on */ }
            }
          }
        }
        """
            .formatted(constructor));
  }

  private static void call(Method method, Object argument) {
    try {
      method.invoke(null, (Runnable) () -> Objects.requireNonNull(argument));
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  private static boolean hangsInJar(Thread thread) {
    return Arrays.stream(thread.getStackTrace())
        .anyMatch(frame -> frame.getClassName().equals("x.Kept"));
  }

  private String held() {
    return lines("stay in memory");
  }

  private String lines(String event) {
    return String.join("\n", log.messages().stream().filter(line -> line.contains(event)).toList());
  }

  /** Creates the instances on a thread that lives until the test ends. */
  private void replacedOnOtherThread(String name) throws Exception {
    var done = new FutureTask<>(this::loaded);
    Thread.ofPlatform()
        .daemon()
        .name(name)
        .start(() -> {
          done.run();
          try {
            end.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    var _ = done.get();
    replace();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SLOT.set(this);",
        "SLOT.set(java.util.List.of(new Object(), this));",
        "SLOT.set((Runnable) () -> {});",
        "var slot = new InheritableThreadLocal<Object>(); slot.set(new Leaky[1]);"
      })
  void threadLocal_isNamedWithThreadAndClass(String set) throws Exception {
    leaky(set);

    replacedOnOtherThread("worker-7");

    assertThat(held()).contains("ThreadLocal of the thread 'worker-7'", "Leaky");
    assertThat(watch.held()).containsEntry("thread-local", 1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Runtime.getRuntime().addShutdownHook(new Thread(() -> {}, \"hook-7\"));",
        "Runtime.getRuntime().addShutdownHook(new Thread(\"hook-7\") { public void run() {} });",
        "Runtime.getRuntime().addShutdownHook(new Thread(new FutureTask<>(() -> 1), \"hook-7\"));"
      })
  void shutdownHook_isNamedWithClass(String add) throws Exception {
    leaky(add);

    var _ = replaced();

    assertThat(held()).contains("shutdown hook 'hook-7'", "Leaky");
    assertThat(watch.held()).containsEntry("shutdown-hook", 1);
  }

  @Test
  void timer_isCancelledAndNamed() throws Exception {
    leaky(
        "new java.util.Timer(\"timer-7\").schedule("
            + "new java.util.TimerTask() { public void run() {} }, 10_000_000);");

    var loader = new WeakReference<>(replaced());

    assertThat(log.messages()).anyMatch(line -> line.contains("undone now classes=Leaky"));
    assertThat(log.messages()).anyMatch(line -> line.contains("timer 'timer-7'"));
    assertThatLoaderIsCollected(loader);
  }

  @Test
  void timer_besideManyMbeans_isNamed() throws Exception {
    write("filters/FiguresMBean.java", "public interface FiguresMBean {}");
    write("filters/Figures.java", "public class Figures implements FiguresMBean {}");
    leaky(
        """
        for (int i = 0; i < 5; i++) {
          java.lang.management.ManagementFactory.getPlatformMBeanServer().registerMBean(
              new Figures(), new javax.management.ObjectName("lhttp.test:type=Many,n=" + i));
        }
        new java.util.Timer("timer-7").schedule(
            new java.util.TimerTask() { public void run() {} }, 10_000_000);
        """);

    var _ = replaced();

    assertThat(lines("undone now")).contains("MBean lhttp.test:", "; and 2 more; timer 'timer-7'");
  }

  @Test
  void timerAndExecutor_usedByRunningCode_continue() throws Exception {
    new TestJar(Files.createDirectories(folder.resolve("filters")).resolve("kept.jar"))
        .source(
            "x/Kept.java",
            """
            package x;
            import java.util.concurrent.*;
            public class Kept {
              public static java.util.Timer timer;
              public static ExecutorService executor;
            }
            """)
        .write();
    leaky(
        "x.Kept.timer = new java.util.Timer(\"kept\", true);"
            + "x.Kept.executor = Executors.newFixedThreadPool(1);"
            + "x.Kept.executor.submit(Object::new).get();");
    var loader = new WeakReference<>(replaced());

    assertThat(log.messages()).isEmpty();
    assertThatLoaderIsCollected(loader);
    assertThat(Threads.all()).extracting(Thread::getName).contains("kept");
  }

  @Test
  void idleExecutor_isNamedAndHoldsNoClasses() throws Exception {
    leaky("Executors.newFixedThreadPool(1).submit(Object::new).get();");

    var loader = new WeakReference<>(replaced());

    assertThat(lines("left idle threads"))
        .containsPattern(
            "classes=Leaky times=1: idle executor's thread 'pool-\\d+-thread-1' "
                + "\\(shut the executor down in close\\(\\)\\)");
    assertThat(held()).isEmpty();
    assertThatLoaderIsCollected(loader);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        """
        class Named implements ThreadFactory {
          public Thread newThread(Runnable task) { return new Thread(task, "mine-7"); }
        }
        Executors.newFixedThreadPool(1, new Named()).submit(Object::new).get();
        """,
        """
        class Worker extends ForkJoinWorkerThread { Worker(ForkJoinPool pool) { super(pool); } }
        class Named implements ForkJoinPool.ForkJoinWorkerThreadFactory {
          public ForkJoinWorkerThread newThread(ForkJoinPool pool) {
            var worker = new Worker(pool);
            worker.setName("mine-7");
            return worker;
          }
        }
        new ForkJoinPool(1, new Named(), null, false).submit(Object::new).get();
        """
      })
  void idleExecutor_withFactoryOfUser_isNamedWithFactory(String constructor) throws Exception {
    leaky(constructor);

    var _ = replaced();

    assertThat(lines("left idle threads"))
        .contains("idle executor's thread 'mine-7' of the factory Leaky$1Named");
  }

  @Test
  void idleExecutors_ofTwoClasses_areNamedEach() throws Exception {
    var pool = "Executors.newFixedThreadPool(1).submit(Object::new).get();";
    for (var version = 1; version <= 5; version++) {
      leaky("int version = " + version + "; " + pool);
      var _ = version == 1 ? loaded() : again();
    }
    leaky("");
    write(
        "filters/Second.java",
        "public class Second implements io.lhttp.Filter { public Second() throws Exception { %s } }"
            .formatted(pool.replace("Executors", "java.util.concurrent.Executors")));
    var _ = again();
    replace();

    assertThat(lines("left idle threads")).contains("classes=Second times=1:");
  }

  @Test
  void waitingTask_ofExecutor_isNamedWithClass() throws Exception {
    leaky("Executors.newScheduledThreadPool(1).schedule(() -> {}, 1, TimeUnit.HOURS);");

    var _ = replaced();

    assertThat(held()).contains("executor of the thread 'pool-", "Leaky");
    assertThat(lines("left idle threads")).isEmpty();
    assertThat(watch.held()).containsEntry("executor", 1);
  }

  @Test
  void delayedTasks_ofCommonPool_areSuspectedAfterSecondCollection() throws Exception {
    leaky("CompletableFuture.delayedExecutor(1, TimeUnit.HOURS).execute(() -> {});");
    var _ = loaded();
    leaky("CompletableFuture.delayedExecutor(2, TimeUnit.HOURS).execute(() -> {});");
    var _ = again();
    replace();
    afterCollections(2);

    assertThat(held()).contains("delayed tasks of the JDK's common pool");
    assertThat(watch.held()).containsEntry("unknown", 2);
  }

  @Test
  void parkedVirtualThread_isNamedWithLine() throws Exception {
    leaky("Thread.ofVirtual().name(\"parked-7\").start(Leaky::rest); RESTING.acquire();");

    var _ = replaced();

    assertThat(held()).contains("virtual thread 'parked-7' at Leaky.rest(Leaky.java:");
  }

  @Test
  void virtualThread_ofExecutor_isNamedWithLine() throws Exception {
    leaky("Executors.newVirtualThreadPerTaskExecutor().submit(Leaky::rest); RESTING.acquire();");

    var _ = replaced();

    assertThat(held()).contains("virtual thread '' at Leaky.rest(Leaky.java:");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Thread.setDefaultUncaughtExceptionHandler((t, e) -> {});"
            + "|setDefaultUncaughtExceptionHandler|exception-handler",
        "java.util.logging.Logger.getLogger(\"lhttp.test.leak\").addHandler("
            + "new java.util.logging.ConsoleHandler() { });|logger 'lhttp.test.leak'|logging",
        "java.util.logging.Logger.getLogger(\"\").addHandler("
            + "new java.util.logging.ConsoleHandler() { });|root logger|logging",
        "java.security.Security.addProvider("
            + "new java.security.Provider(\"lhttp.test.leak\", \"1\", \"\") { });"
            + "|security provider lhttp.test.leak|jdk",
        "System.getProperties().put(\"lhttp.test.leak\", new Leaky[1]);"
            + "|system property lhttp.test.leak|jdk",
        "((javax.management.NotificationEmitter)"
            + " java.lang.management.ManagementFactory.getMemoryMXBean())"
            + ".addNotificationListener((n, o) -> {}, null, null);"
            + "|listener of the MBean java.lang:type=Memory|jdk",
        "java.lang.management.ManagementFactory.getPlatformMBeanServer().addNotificationListener("
            + "javax.management.MBeanServerDelegate.DELEGATE_NAME, (n, o) -> {}, null, null);"
            + "|listener of the MBean JMImplementation:type=MBeanServerDelegate|jdk"
      })
  void registrationInJdk_isNamedWithClass(String line) throws Exception {
    var parts = line.split("\\|", -1);
    leaky(parts[0]);

    var _ = replaced();

    assertThat(held()).contains(parts[1], "Leaky");
    assertThat(watch.held()).containsEntry(parts[2], 1);
  }

  @Test
  void openHttpServer_isNamedWithPort() throws Exception {
    new TestJar(Files.createDirectories(folder.resolve("filters")).resolve("kept.jar"))
        .source(
            "x/Kept.java",
            "package x; public class Kept { public static com.sun.net.httpserver.HttpServer server; }")
        .write();
    // the JDK's list of cleanups leads from one server's timer to those of all others
    var other = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    other.start();
    leaky(
        """
        var server = com.sun.net.httpserver.HttpServer.create(
            new java.net.InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/", exchange -> exchange.close());
        server.start();
        x.Kept.server = server;
        """);
    var server = (HttpServer) loaded().loadClass("x.Kept").getField("server").get(null);
    try {
      replace();

      assertThat(held())
          .contains("open HttpServer on port " + server.getAddress().getPort(), "stop() it");
      assertThat(watch.held()).containsEntry("http-server", 1);
    } finally {
      server.stop(0);
      other.stop(0);
    }
  }

  @Test
  void exportedRemoteObject_isNamed() throws Exception {
    new TestJar(Files.createDirectories(folder.resolve("filters")).resolve("kept.jar"))
        .source(
            "x/Kept.java",
            "package x; public class Kept { public static java.rmi.registry.Registry registry; }")
        .write();
    leaky("x.Kept.registry = java.rmi.registry.LocateRegistry.createRegistry(0);");
    var registry = (Registry) loaded().loadClass("x.Kept").getField("registry").get(null);
    try {
      replace();

      assertThat(held())
          .contains(
              "exported RMI object sun.rmi.registry.RegistryImpl → the class loader",
              "UnicastRemoteObject.unexportObject");
      assertThat(watch.held()).containsEntry("jdk", 1);
    } finally {
      assertThat(UnicastRemoteObject.unexportObject(registry, true)).isTrue();
    }
  }

  @Test
  void httpServerOfTheServer_leadingToClasses_isNotBlamed() throws Exception {
    leaky("Thread.ofPlatform().daemon().name(\"poller\").start(Leaky::rest); RESTING.acquire();");
    var loader = loaded();
    var own = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    own.createContext("/", exchange -> exchange.setAttribute("x", loader));
    own.start();
    var other = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    other.start();
    try {
      replace();

      assertThat(held()).contains("thread 'poller' at Leaky.rest(").doesNotContain("HttpServer");
      assertThat(watch.held()).containsEntry("http-server", 0);
    } finally {
      own.stop(0);
      other.stop(0);
    }
  }

  @Test
  void hangingCallOfServersThread_holdingOtherClasses_isNamedAsCall() throws Exception {
    new TestJar(Files.createDirectories(folder.resolve("filters")).resolve("kept.jar"))
        .source(
            "x/Kept.java",
            """
            package x;
            public class Kept {
              public static void hang(Runnable leave) {
                while (System.getProperty("lhttp.test.leak") == null) {
                  try { Thread.sleep(100_000); } catch (InterruptedException e) { /* runs on */ }
                }
              }
            }
            """)
        .write();
    leaky("");
    var held = loaded().loadClass("Leaky").getConstructor().newInstance();
    var hang =
        held.getClass().getClassLoader().loadClass("x.Kept").getMethod("hang", Runnable.class);
    Thread.ofPlatform().daemon().name("lhttp-reload").start(() -> call(hang, held));
    Eventually.holds("the call hangs", () -> Threads.all().stream().anyMatch(LeakTest::hangsInJar));

    replace();

    assertThat(held())
        .contains("a call that does not return, on the thread 'lhttp-reload' at x.Kept.hang(")
        .contains("(mend the line; ")
        .doesNotContain("end it in close()");
  }

  @Test
  void hangingCallOfServersThread_isNoThreadToEndInClose() throws Exception {
    leaky(
        "Thread.ofPlatform().daemon().name(\"lhttp-close-Leaky\").start(Leaky::rest);"
            + " RESTING.acquire();");

    var _ = replaced();

    assertThat(held())
        .contains("a call that does not return, on the thread 'lhttp-close-Leaky' at Leaky.rest(")
        .contains("(mend the line; ")
        .doesNotContain("end it in close()");
  }

  @Test
  void leaksOfSeveralKinds_areNamedTogether() throws Exception {
    leaky(
        """
        Thread.ofPlatform().daemon().name("b-7").start(Leaky::rest);
        RESTING.acquire();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {}, "hook-7"));
        java.util.logging.Logger.getLogger("lhttp.test.leak").addHandler(
            new java.util.logging.ConsoleHandler() { });
        """);

    var _ = replaced();

    assertThat(held())
        .contains(
            "thread 'b-7' at Leaky.rest(",
            "; shutdown hook 'hook-7'",
            "; java.util.logging's logger");
  }

  @Test
  void staticFieldOfRemainingJar_isNamedAfterCollection() throws Exception {
    new TestJar(Files.createDirectories(folder.resolve("filters")).resolve("registry.jar"))
        .source(
            "x/Registry.java",
            "package x; public class Registry {"
                + " public static final java.util.List<Object> ALL = new java.util.ArrayList<>(); }")
        .write();
    leaky("x.Registry.ALL.add(this);");

    var _ = replaced();
    assertThat(held()).isEmpty();
    afterCollections(1);

    assertThat(held()).contains("static field x.Registry.ALL", "Leaky");
    assertThat(watch.held()).containsEntry("other-code", 1);
  }

  @Test
  void valueInServer_isNamedWithPathAfterCollection() throws Exception {
    record Claims(Object value) {}

    leaky("");
    places.add(new Claims(List.of(loaded().loadClass("Leaky").getConstructor().newInstance())));

    replace();
    assertThat(held()).isEmpty();
    afterCollections(1);

    assertThat(held()).contains("Claims", ".value", "Leaky");
    assertThat(watch.held()).containsEntry("server", 1);
  }

  @Test
  void loaderWithoutKnownHolder_isLoggedOnceAfterSecondCollection() throws Exception {
    leaky("");

    var loader = replaced();
    try {
      afterCollections(1);
      assertThat(log.messages()).isEmpty();
      afterCollections(3);

      assertThat(log.messages())
          .singleElement()
          .asString()
          .contains(
              "stay in memory classes=Leaky",
              "jcmd %d GC.heap_dump".formatted(ProcessHandle.current().pid()));
      assertThat(watch.held()).containsEntry("unknown", 1);
    } finally {
      Reference.reachabilityFence(loader);
    }
  }

  @Test
  void cleanClass_isNotReported() throws Exception {
    leaky("");

    var loader = new WeakReference<>(replaced());
    assertThatLoaderIsCollected(loader);
    afterCollections(3);

    assertThat(log.messages()).isEmpty();
    assertThat(watch.count()).isEqualTo(1);
  }

  @Test
  void softReference_isNotReported() throws Exception {
    leaky(
        "System.getProperties().put("
            + "\"lhttp.test.leak\", new java.lang.ref.SoftReference<>(this));");

    var _ = replaced();
    afterCollections(4);

    assertThat(log.messages()).isEmpty();
  }

  @Test
  void softReference_isNoReasonToCollectAgainAndAgain() throws Exception {
    leaky("");
    places.add(new SoftReference<>(replaced()));
    afterCollections(2);
    var asked = collections.get();

    afterCollections(3);

    assertThat(collections).hasValue(asked);
  }

  @Test
  void manyThreads_threeAreNamedAndOthersCounted() throws Exception {
    leaky(
        "for (int i = 0; i < 100; i++) { Thread.ofVirtual().start(Leaky::rest); }"
            + " RESTING.acquire(100);");

    var _ = replaced();

    assertThat(held()).contains("and 97 more");
  }

  @Test
  void threadsWithFailingMethods_hideNoOtherLeak() throws Exception {
    leaky(
        """
        Thread bad = new Thread(Leaky::rest, "a-bad") {
          void fail() {
            if (System.getProperty("lhttp.test.leak") == null) throw new IllegalStateException("no");
          }
          public ClassLoader getContextClassLoader() { fail(); return super.getContextClassLoader(); }
          public void setContextClassLoader(ClassLoader loader) { fail(); }
          public void interrupt() { fail(); super.interrupt(); }
          public StackTraceElement[] getStackTrace() { fail(); return super.getStackTrace(); }
        };
        bad.setDaemon(true);
        bad.start();
        Thread.ofPlatform().daemon().name("b-good").start(Leaky::rest);
        RESTING.acquire(2);
        """);

    var _ = replaced();

    assertThat(held()).contains("'b-good'");
  }

  @Test
  void sameLeakOfManyVersions_isLoggedSparsely() throws Exception {
    for (var version = 1; version <= 12; version++) {
      leaky(
          "Runtime.getRuntime().addShutdownHook(new Thread(() -> {}, \"h-%d\"));"
              .formatted(version));
      var _ = version == 1 ? loaded() : again();
    }

    assertThat(log.messages().stream().filter(line -> line.contains("stay in memory")))
        .satisfiesExactly(
            line -> assertThat(line).contains("times=1:", "'h-1'"),
            line -> assertThat(line).contains("times=2:", "'h-2'"),
            line -> assertThat(line).contains("times=3:", "'h-3'"),
            line -> assertThat(line).contains("times=10:", "'h-10'"));
    assertThat(watch.held()).containsEntry("shutdown-hook", 11);
    assertThat(watch.reasons()).singleElement().asString().startsWith("11 by shutdown hook");
  }

  private ClassLoader again() throws Exception {
    replaceByWritten();
    return loaded();
  }

  private void assertThatLoaderIsCollected(WeakReference<ClassLoader> loader) {
    Eventually.holds("the loader is collected", () -> ClassLoaders.collected(List.of(loader)));
  }

  /**
   * Advances the time, so that the watch requests this many collections and searches after each.
   */
  private void afterCollections(int times) {
    for (var time = 0; time < times; time++) {
      pass(ClassLoaderWatch.COLLECTION.toSeconds());
      pass(1);
    }
  }
}
