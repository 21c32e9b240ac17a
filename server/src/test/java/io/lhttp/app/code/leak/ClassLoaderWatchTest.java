package io.lhttp.app.code.leak;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.code.ClassLoaders;
import io.lhttp.app.code.TestJar;
import io.lhttp.app.code.UserCode;
import io.lhttp.testing.Eventually;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;

/** Tests what is undone and described after the classes of an application were replaced. */
class ClassLoaderWatchTest extends LeakFixture {
  private static final String SLEEPS =
      """
      class Poller implements io.lhttp.Filter {
        Poller() { Thread.ofPlatform().daemon().name("poller").start(Poller::run); }
        static void run() {
          while (true) {
            try { Thread.sleep(100_000); } catch (InterruptedException e) { %s }
          }
        }
      }
      """;

  @Test
  void threadOfReplacedClass_isInterruptedAndClassesAreCollected() throws Exception {
    write("filters/Poller.java", SLEEPS.formatted("return;"));
    var loader = new WeakReference<>(replaced());
    assertThat(watch.count()).isEqualTo(2);

    Eventually.holds(
        "the loader is collected",
        () -> ClassLoaders.collected(List.of(loader)) && watch.count() == 1);
  }

  @Test
  void threadThatGoesOn_isDescribedWithNameAndLine() throws Exception {
    write(
        "filters/Poller.java",
        SLEEPS.formatted("if (Boolean.getBoolean(\"lhttp.test.end\")) return;"));
    var loader = loaded();
    Eventually.holds("the thread runs", () -> !running(loader).isEmpty());
    replace();

    assertThat(running(loader))
        .extracting(HoldReason::words)
        .containsExactly("thread 'poller' at Poller.run(Poller.java:5)");

    System.setProperty("lhttp.test.end", "true");
    try {
      Eventually.holds(
          "the thread ends",
          () -> {
            var _ = LoaderThreads.end(loader, threads -> Set.of());
            return running(loader).isEmpty();
          });
    } finally {
      System.clearProperty("lhttp.test.end");
    }
  }

  @Test
  void mbeanOfReplacedClass_isDeregistered() throws Exception {
    write(
        "filters/Figures.java",
        """
        public class Figures implements io.lhttp.Filter, FiguresMBean {
          public Figures() throws Exception {
            java.lang.management.ManagementFactory.getPlatformMBeanServer()
                .registerMBean(this, new javax.management.ObjectName("lhttp.test:type=Figures"));
          }
        }
        """);
    write("filters/FiguresMBean.java", "public interface FiguresMBean {}");
    var name = new ObjectName("lhttp.test:type=Figures");

    replaced();

    assertThat(ManagementFactory.getPlatformMBeanServer().isRegistered(name)).isFalse();
  }

  @Test
  void driverOfReplacedClass_isDeregistered() throws Exception {
    write(
        "filters/Store.java",
        """
        public class Store implements io.lhttp.Filter {
          public Store() throws Exception { java.sql.DriverManager.registerDriver(new Mine()); }
        }
        class Mine implements java.sql.Driver {
          public java.sql.Connection connect(String url, java.util.Properties p) { return null; }
          public boolean acceptsURL(String url) { return url.equals("jdbc:lhttp-test:"); }
          public java.sql.DriverPropertyInfo[] getPropertyInfo(String u, java.util.Properties p) {
            return new java.sql.DriverPropertyInfo[0];
          }
          public int getMajorVersion() { return 1; }
          public int getMinorVersion() { return 0; }
          public boolean jdbcCompliant() { return false; }
          public java.util.logging.Logger getParentLogger() { return null; }
        }
        """);
    var code = UserCode.load(folder, problems);
    make(code, "Store");
    var loader = code.classLoaders().iterator().next();

    assertThat(Registrations.undoDrivers(loader)).containsExactly("JDBC driver Mine");
    assertThat(Registrations.undoDrivers(loader)).isEmpty();
  }

  @Test
  void driverOfReplacedJar_isDeregisteredAndClassesAreCollected() throws Exception {
    var loader = new WeakReference<>(replacedDriver());

    Eventually.holds("the loader is collected", () -> ClassLoaders.collected(List.of(loader)));
  }

  /** Replaces the driver of a jar; returns the loader of the replaced one. */
  private ClassLoader replacedDriver() throws Exception {
    var jar = folder.resolve("filters/driver.jar");
    new TestJar(jar).driver("one").write();
    write(
        "filters/Store.java",
        """
        class Store implements io.lhttp.Filter {
          public String toString() {
            return java.sql.DriverManager.drivers()
                .filter(driver -> driver instanceof x.WordsDriver).toList().toString();
          }
        }
        """);
    var first = UserCode.load(folder, problems);
    var old = make(first, "Store");
    watch.add(first);
    assertThat(old).hasToString("[one]");
    new TestJar(jar).driver("two").write();

    var second = UserCode.load(folder, Optional.of(first), problems);
    var next = make(second, "Store");
    watch.add(second);
    watch.look(() -> List.of(second), () -> true, 0);

    assertThat(problems.found()).isEmpty();
    assertThat(old).hasToString("[]");
    assertThat(next).hasToString("[two]");
    return old.getClass().getClassLoader().getParent();
  }

  @Test
  void loadersInUse_areLeftAlone() throws Exception {
    write("filters/Poller.java", SLEEPS.formatted("return;"));
    var code = UserCode.load(folder, problems);
    make(code, "Poller");
    watch.add(code);
    var loader = code.classLoaders().iterator().next();
    Eventually.holds("the thread runs", () -> !running(loader).isEmpty());

    watch.look(() -> List.of(code), () -> true, 0);
    watch.look(List::of, () -> false, 0);

    assertThat(running(loader)).hasSize(1);
    watch.look(List::of, () -> true, 0);
    Eventually.holds("the thread ends", () -> running(loader).isEmpty());
  }

  @Test
  void heldLoader_isReasonForCollectionsAtShortPauses() throws Exception {
    write("filters/Plain.java", "class Plain implements io.lhttp.Filter {}");
    var code = UserCode.load(folder, problems);
    var asked = new AtomicInteger();
    var own = new ClassLoaderWatch(List::of, _ -> false, asked::incrementAndGet);
    own.add(code);
    try {
      var end = ClassLoaderWatch.COLLECTION.plus(ClassLoaderWatch.PAUSE.multipliedBy(2));
      for (var second = 0L; second <= end.toSeconds(); second++) {
        own.look(List::of, () -> true, second * 1_000_000_000);
      }

      assertThat(asked).hasValueGreaterThan(1);
    } finally {
      Reference.reachabilityFence(code);
    }
  }

  private static List<HoldReason> running(ClassLoader loader) {
    return LoaderThreads.running(LoaderThreads.stacks(loader));
  }
}
