package io.lhttp.app.code.leak;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Filter;
import io.lhttp.HandsOver;
import io.lhttp.app.code.UserCode;
import io.lhttp.testing.Eventually;
import java.lang.ref.Reference;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Closed instances of a class that stays: the log names what holds them. */
class InstanceWatchTest extends LeakFixture {
  private static final String PROPERTY = "lhttp.test.instance";

  @AfterEach
  void undo() {
    System.getProperties().remove(PROPERTY);
    for (var loader : inUse.classLoaders()) {
      var _ = LoaderThreads.end(loader, _ -> Set.of());
      var _ = Registrations.undoBeans(loader);
    }
    Eventually.holds(
        "threads of the test end",
        () -> {
          var running = LoaderThreads.usersStacks();
          running.forEach(stack -> stack.thread().interrupt());
          return running.isEmpty();
        });
  }

  private void poll(String constructor) throws Exception {
    write("filters/PollMBean.java", "public interface PollMBean {}");
    write(
        "filters/Poll.java",
        """
        import java.util.concurrent.*;
        public class Poll implements io.lhttp.Filter, PollMBean {
          static final java.util.List<Object> ALL = new java.util.ArrayList<>();
          static final ThreadLocal<Object> LAST = new ThreadLocal<>();
          private int runs;
          public Poll() throws Exception {
            %s
          }
          void run() {
            runs++;
            rest();
            runs++;
          }
          static void rest() {
            try { Thread.sleep(1_000_000_000); } catch (InterruptedException e) { }
          }
        }
        """
            .formatted(constructor));
    load();
  }

  private void load() {
    inUse = UserCode.load(folder, problems);
    watch.add(inUse);
    assertThat(problems.found()).isEmpty();
  }

  /** Makes an instance, which is replaced at once. */
  private void closeOne() throws Exception {
    watch.instances().closed("filter", "poll", make(inUse, "Poll"));
  }

  /**
   * Advances the time, so that the watch requests this many collections and searches after each.
   */
  private void afterCollections(int times) {
    look();
    pass(ClassLoaderWatch.PATIENCE.toSeconds());
    for (var time = 0; time < times; time++) {
      pass(ClassLoaderWatch.COLLECTION.toSeconds());
      pass(1);
    }
  }

  private String line() {
    assertThat(log.messages()).hasSize(1);
    return log.messages().getFirst();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "new java.util.Timer(\"tick\", true).schedule("
            + "new java.util.TimerTask() { public void run() { Poll.this.run(); } }, 10_000_000);"
            + "|timer 'tick' → Poll$1.this$0 → Poll (cancel it in close())|timer",
        "Executors.newScheduledThreadPool(1).schedule(this::run, 1, TimeUnit.HOURS);"
            + "|→ Poll$$Lambda.arg$1 → Poll (shut the executor down in close())|executor",
        "java.lang.management.ManagementFactory.getPlatformMBeanServer()"
            + ".registerMBean(this, new javax.management.ObjectName(\"lhttp.test:type=Poll\"));"
            + "|MBean lhttp.test:type=Poll → Poll (deregister it in close())|jdk",
        "((javax.management.NotificationEmitter)"
            + " java.lang.management.ManagementFactory.getMemoryMXBean())"
            + ".addNotificationListener((n, o) -> run(), null, null);"
            + "|listener of the MBean java.lang:type=Memory → Poll$$Lambda.arg$1 → Poll"
            + " (undo the registration in close())|jdk",
        "ALL.add(this);|static field Poll.ALL → Poll (let go of it in close())|other-code"
      })
  void heldInstance_isNamedWithLinkAndHolder(String line) throws Exception {
    var parts = line.split("\\|", -1);
    poll(parts[0]);

    closeOne();
    afterCollections(1);

    assertThat(line())
        .startsWith("a replaced instance stays in memory filter=poll class=Poll times=1: ")
        .endsWith(parts[1]);
    assertThat(watch.instances().held()).containsEntry(parts[2], 1);
    assertThat(watch.instances().count()).isEqualTo(1);
  }

  @Test
  void threadLocal_isNamedWithThread() throws Exception {
    poll("LAST.set(this);");
    try (var pool = Executors.newSingleThreadExecutor(task -> new Thread(task, "mine"))) {
      var done =
          pool.submit(() -> {
            closeOne();
            return true;
          });
      assertThat(done.get()).isTrue();
      afterCollections(1);

      assertThat(line()).contains("ThreadLocal of the thread 'mine' → Poll (remove() it");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Thread.ofPlatform().daemon().name(\"p\").start(this::run);|thread|thread",
        "Thread.ofPlatform().daemon().name(\"p\").start(Poll::rest);|thread|thread",
        "new Thread(\"p\") { public void run() { rest(); } }.start();|thread|thread",
        "Thread.ofVirtual().name(\"p\").start(this::run);|virtual thread|thread",
        "Executors.newFixedThreadPool(1, t -> new Thread(t, \"p\")).submit(Poll::rest);"
            + "|executor's thread|executor",
        "Thread.ofPlatform().start(() -> Thread.ofPlatform().name(\"p\").start(Poll::rest));"
            + "|thread|thread"
      })
  void threadOfClosedInstance_isNamedWithLine(String line) throws Exception {
    var parts = line.split("\\|", -1);
    poll(parts[0]);

    closeOne();
    awaitRest();
    afterCollections(0);

    assertThat(line())
        .startsWith(
            "a replaced instance left threads behind filter=poll class=Poll times=1: %s 'p' at "
                .formatted(parts[1]))
        .contains("at Poll.rest(Poll.java:");
    assertThat(watch.instances().held()).containsEntry(parts[2], 1);
    afterCollections(4);
    assertThat(log.messages()).hasSize(1);
  }

  /** Waits until a thread stands in the method {@code rest}. */
  private static void awaitRest() {
    Eventually.holds(
        "the thread rests",
        () ->
            LoaderThreads.usersStacks().stream()
                .anyMatch(stack -> stack.users().getFirst().getMethodName().equals("rest")));
  }

  @Test
  void endedThread_isNoLongerCounted() throws Exception {
    poll("Thread.ofPlatform().daemon().name(\"p\").start(Poll::rest);");
    closeOne();
    awaitRest();
    afterCollections(0);
    assertThat(watch.instances().held()).containsEntry("thread", 1);

    LoaderThreads.usersStacks().forEach(stack -> stack.thread().interrupt());

    Eventually.holds(
        "no thread is counted",
        () -> {
          System.gc();
          return Integer.valueOf(0).equals(watch.instances().held().get("thread"));
        });
    assertThat(watch.instances().count()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "new java.util.Timer(\"tick\", true).schedule("
            + "new java.util.TimerTask() { public void run() { rest(); } }, 10_000_000);|timer 'tick' (cancel it in close())",
        "Executors.newFixedThreadPool(1, t -> new Thread(t, \"p\")).submit(() -> 1).get();|'p'",
        "com.sun.net.httpserver.HttpServer.create(new java.net.InetSocketAddress("
            + "java.net.InetAddress.getLoopbackAddress(), 0), 0).start();"
            + "|open HttpServer on port "
      })
  void idleThreads_withoutInstance_areNamedAfterCollection(String line) throws Exception {
    var parts = line.split("\\|", -1);
    poll(parts[0]);

    closeOne();
    afterCollections(0);
    assertThat(log.messages()).isEmpty();
    afterCollections(3);

    assertThat(line())
        .startsWith("a replaced instance left threads behind filter=poll class=Poll times=1: ")
        .contains(parts[1]);
    assertThat(watch.instances().count()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "if (ALL.isEmpty()) ALL.add(Thread.ofPlatform().daemon().start(Poll::rest));",
        "var pool = Executors.newFixedThreadPool(1); ALL.add(pool); pool.submit(Poll::rest);",
        "ForkJoinPool.commonPool().submit(Poll::rest);",
        "Thread.ofPlatform().start(() -> {}).join();",
        "try (var pool = Executors.newFixedThreadPool(1)) { pool.submit(() -> 1).get(); }"
      })
  void threadsThatAreNoLeak_causeNoLine(String start) throws Exception {
    poll(start);

    closeOne();
    closeOne();
    afterCollections(4);

    assertThat(log.messages()).isEmpty();
  }

  @Test
  void sameHolderOfManyInstances_isLoggedSparsely() throws Exception {
    poll("ALL.add(this);");

    for (var i = 0; i < 10; i++) {
      closeOne();
    }
    afterCollections(1);

    assertThat(log.messages()).hasSize(4);
    assertThat(log.messages().getLast()).contains("times=10: static field Poll.ALL");
    assertThat(watch.instances().held()).containsEntry("other-code", 10);
  }

  @Test
  void cleanInstances_areCollectedWithoutLine() throws Exception {
    poll("");

    for (var i = 0; i < 100; i++) {
      closeOne();
    }
    afterCollections(1);

    assertThat(log.messages()).isEmpty();
    assertThat(watch.instances().count()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"SoftReference", "WeakReference"})
  void referenceThatHoldsNothing_causesNoLine(String reference) throws Exception {
    poll("ALL.add(new java.lang.ref.%s<Object>(this));".formatted(reference));

    closeOne();
    afterCollections(4);

    assertThat(log.messages()).isEmpty();
  }

  @Test
  void softlyHeldInstance_isNoReasonToCollectAgain() throws Exception {
    poll("ALL.add(new java.lang.ref.SoftReference<Object>(this));");

    closeOne();
    afterCollections(1);
    var asked = collections.get();
    afterCollections(5);

    assertThat(collections).hasValue(asked);
  }

  @Test
  void instanceThatExchangeUses_isNamedAfterExchangeEnded() throws Exception {
    poll("ALL.add(this);");
    var instance = make(inUse, "Poll");
    pinned.add(instance);
    watch.instances().closed("filter", "poll", instance);
    afterCollections(3);
    assertThat(log.messages()).isEmpty();

    pinned.clear();
    afterCollections(8);

    assertThat(line()).contains("static field Poll.ALL");
  }

  @Test
  void instanceWithoutKnownHolder_isLoggedAfterSecondCollection() throws Exception {
    poll("");
    var instance = make(inUse, "Poll");
    try {
      watch.instances().closed("filter", "poll", instance);
      afterCollections(1);
      assertThat(log.messages()).isEmpty();
      afterCollections(2);

      assertThat(line()).contains("jcmd %d GC.heap_dump".formatted(ProcessHandle.current().pid()));
    } finally {
      Reference.reachabilityFence(instance);
    }
  }

  @Test
  void instanceWithSharedState_isNamedAfterSuccessorClosed() throws Exception {
    write(
        "filters/Poll.java",
        """
        import java.util.Optional;
        public class Poll implements io.lhttp.Filter, io.lhttp.HandsOver<Runnable> {
          Runnable state;
          int runs;
          public Optional<Runnable> handOver() { return Optional.of(() -> runs++); }
          public void takeOver(Optional<Runnable> given) { state = given.orElse(null); }
        }
        """);
    load();
    places.add(successor());
    afterCollections(3);
    assertThat(log.messages()).isEmpty();

    watch.instances().closed("filter", "poll", places.getFirst());
    System.getProperties().put(PROPERTY, List.copyOf(places));
    places.clear();
    afterCollections(2);

    assertThat(log.messages())
        .hasSize(2)
        .allSatisfy(line ->
            assertThat(line).contains("filter=poll", "system property lhttp.test.instance"));
  }

  /** Closes an instance that has handed over; returns its successor. */
  @SuppressWarnings("unchecked") // the state of the class is a Runnable
  private Object successor() throws Exception {
    var first = (HandsOver<Runnable>) (Object) make(inUse, "Poll");
    var second = (HandsOver<Runnable>) (Object) make(inUse, "Poll");
    second.takeOver(first.handOver());
    watch.instances().closed("filter", "poll", first);
    return second;
  }

  @Test
  void instanceOfReplacedClass_isLeftToClassLoaderWatch() throws Exception {
    poll("System.getProperties().put(\"lhttp.test.instance\", new Object[] {this});");
    closeOne();
    look();
    replace();
    afterCollections(2);

    assertThat(line()).startsWith("replaced classes stay in memory classes=Poll");
    assertThat(watch.instances().held().values()).containsOnly(0);
  }

  @Test
  void serversOwnLink_isNotWatched() {
    Filter own = new Filter() {};
    load();

    try {
      watch.instances().closed("filter", "own", own);

      assertThat(watch.instances().count()).isZero();
    } finally {
      Reference.reachabilityFence(own);
    }
  }
}
