package io.lhttp.app.reload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.lhttp.app.code.ClassLoaders;
import io.lhttp.app.code.TestJar;
import io.lhttp.app.code.leak.ClassLoaderWatch;
import io.lhttp.app.settings.Mode;
import io.lhttp.chain.ChainException;
import io.lhttp.fixture.CapturedLog;
import io.lhttp.testing.Eventually;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import javax.management.JMException;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A port, a named MBean and a map of counters pass from one version of a Java class to the next
 * one.
 */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HandoverReloadTest extends ReloadFixture {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** The prefix of the properties by which the test and the folder's code talk. */
  private final String key = "handover." + UUID.randomUUID();

  @BeforeEach
  void anApplication() throws IOException {
    write("filters/Port.java", port(1));
    write("filters/NamedMBean.java", "public interface NamedMBean { int getVersion(); }");
    write("filters/Named.java", named(1));
    write("processors/Count.java", count("int", ""));
    write(
        "processors/Say.java",
        """
        import io.lhttp.*;
        public class Say implements Processor {
          public void onMessage(Exchange e) {
            e.send(e.attributes().get(AttributeKey.of("port", String.class)).orElse("none"));
          }
        }
        """);
    chain("Port, Named");
  }

  @AfterEach
  @Override
  void end() throws Exception {
    System.setProperty(key + ".release", "yes");
    super.end();
    for (var name : List.of(".release", ".begun", ".fails", ".port", ".closed")) {
      System.clearProperty(key + name);
    }
  }

  @Test
  void portBeanAndCounters_passToEachNewVersion() throws Exception {
    start(CallerWait.of(PATIENCE));
    var port = ask("port");
    assertThat(ask("count")).isEqualTo("Entry[name=a, hits=1]");
    var loaders = new ArrayList<WeakReference<ClassLoader>>();
    for (var version = 2; version <= 4; version++) {
      for (var filter : reloader.running().chain().filters()) {
        loaders.add(loader(filter.make())); // a new instance acquires its resource only later
      }
      write("filters/Port.java", port(version));
      write("filters/Named.java", named(version));
      write("processors/Count.java", count("int", version % 2 == 0 ? "note" : ""));

      assertThat(reloader.reload())
          .asInstanceOf(type(ReloadResult.Swapped.class))
          .satisfies(swapped ->
              assertThat(swapped.changes())
                  .endsWith(
                      "Port handed over", "Named handed over", "processor count handed over"));

      assertThat(ask("port")).isEqualTo(port);
      assertThat(bean()).isEqualTo(version);
      assertThat(ask("count")).startsWith("Entry[name=a, hits=" + version);
    }
    Eventually.holds(
        "no class loader of an earlier version is left", () -> ClassLoaders.collected(loaders));
    assertThat(ask("port")).isEqualTo(port);
    assertThat(bean()).isEqualTo(4);
  }

  @Test
  void poolOfJar_passesWithItsThreads() throws Exception {
    new TestJar(folder.resolve("filters/pool.jar"))
        .source(
            "pool/Pool.java",
            """
            package pool;
            public class Pool implements AutoCloseable {
              private final Thread keeper = new Thread(Pool::keep, "keeper");
              private final java.util.Timer timer = new java.util.Timer("pool", true);
              public Pool() { keeper.setDaemon(true); keeper.start(); }
              public String state() {
                timer.schedule(new java.util.TimerTask() { public void run() {} }, 1);
                return keeper.isAlive() ? "alive" : "dead";
              }
              public void close() { keeper.interrupt(); timer.cancel(); }
              private static void keep() {
                try {
                  Thread.sleep(600_000);
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              }
            }
            """)
        .write();
    write("filters/Db.java", db(1));
    chain("Db");
    start(CallerWait.of(PATIENCE));
    assertThat(ask("port")).isEqualTo("alive");
    var loaders = new ArrayList<WeakReference<ClassLoader>>();
    try (var log = new CapturedLog(ClassLoaderWatch.class)) {
      for (var version = 2; version <= 4; version++) {
        loaders.add(loaderOfFirst());
        write("filters/Db.java", db(version));
        assertThat(reloader.reload().inWords()).endsWith("Db handed over");
        Eventually.holds(
            "the version before is collected",
            () -> {
              clock.advance(Duration.ofSeconds(1));
              reloader.checkClassLoaders();
              return ClassLoaders.collected(loaders);
            });
        assertThat(ask("port")).isEqualTo("alive");
      }
      assertThat(log.messages()).isEmpty();
    }
  }

  private static String db(int version) {
    return """
    import io.lhttp.*;
    import java.util.Optional;
    import pool.Pool;
    public class Db implements Filter, HandsOver<Pool>, AutoCloseable {
      static final int VERSION = %d;
      private volatile Pool pool;
      public Optional<Pool> handOver() {
        var given = pool;
        pool = null;
        return Optional.of(given);
      }
      public void takeOver(Optional<Pool> given) { pool = given.orElseGet(Pool::new); }
      public Outcome filter(Exchange e, Chain chain) throws Exception {
        var pool = this.pool;
        e.attributes().set(AttributeKey.of("port", String.class),
            pool == null ? "none" : pool.state());
        return chain.proceed(e);
      }
      public void close() {
        if (pool != null) {
          pool.close();
        }
      }
    }
    """
        .formatted(version);
  }

  @Test
  void changedOptionsAlone_handOver() throws Exception {
    start(CallerWait.of(PATIENCE));
    var port = ask("port");
    chain("Port: { note: other }, Named");

    assertThat(reloader.reload().inWords()).endsWith("note of Port changed, Port handed over");
    assertThat(ask("port")).isEqualTo(port);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "HandsOver | Gate | front: { filter: Gate } | filter 'front' could not take over"
            + " | 'front' is new under this name, and what Gate holds is free only after the swap",
        "plain | Gate | front: { filter: Gate } | the constructor of Gate failed"
            + " | 'front' is new under this name, and what Gate holds is free only after the swap",
        "plain | Gate | Gate: { note: new } | the constructor of Gate failed"
            + " | what the running 'Gate' holds is free only after the swap, as it lacks HandsOver",
      })
  void portThatRunningLinkHolds_isExplainedWithRemedy(
      String kind, String before, String after, String failed, String hint) throws Exception {
    write("filters/Gate.java", kind.equals("plain") ? plainGate() : gate());
    chain(before);
    start(CallerWait.of(PATIENCE));
    chain(after);

    assertThat(reloader.reload())
        .asInstanceOf(type(ReloadResult.Refused.class))
        .satisfies(refused ->
            assertThat(refused.problems())
                .singleElement()
                .asString()
                .contains("lhttp.yaml:1:9: " + failed, "BindException", hint)
                .contains("by a reload of its own first"));

    chain("Named");
    assertThat(reloader.reload()).isInstanceOf(ReloadResult.Swapped.class);
    Eventually.holds("the old link is closed", () -> System.getProperty(key + ".closed") != null);
    chain(after);
    assertThat(reloader.reload()).isInstanceOf(ReloadResult.Swapped.class);
  }

  @Test
  void portInConstructor_belongsIntoTakeOver() throws Exception {
    write("filters/Gate.java", gate());
    chain("Gate");
    start(CallerWait.of(PATIENCE));
    write(
        "filters/Gate.java",
        gate().replace("options) {", "options) throws Exception { new ServerSocket(port());"));

    assertThat(reloader.reload().inWords())
        .contains("the constructor of Gate failed", "BindException")
        .contains("the running 'Gate' holds it until it hands over: acquire it in takeOver");
  }

  @Test
  void portOfAnotherProcess_blamesNoLink() throws Exception {
    start(CallerWait.of(PATIENCE));
    try (var other = new ServerSocket(0)) {
      System.setProperty(key + ".port", "" + other.getLocalPort());
      write("filters/Gate.java", gate());
      chain("Port, Named, Gate");

      assertThat(reloader.reload().inWords())
          .contains("filter 'Gate' could not take over", "BindException")
          .doesNotContain("the swap");
    }
  }

  /** A socket at the same port in all versions, which the first one chooses. */
  private String gate() {
    return """
    import io.lhttp.*;
    import java.net.ServerSocket;
    import java.util.Map;
    import java.util.Optional;
    public class Gate implements Filter, HandsOver<ServerSocket>, AutoCloseable {
      private volatile ServerSocket socket;
      public Gate(Map<String, Object> options) {}
      private static int port() { return Integer.getInteger("KEY.port", 0); }
      public Optional<ServerSocket> handOver() {
        var given = Optional.of(socket);
        socket = null;
        return given;
      }
      public void takeOver(Optional<ServerSocket> given) throws Exception {
        socket = given.isPresent() ? given.get() : new ServerSocket(port());
        System.setProperty("KEY.port", "" + socket.getLocalPort());
      }
      public void close() throws Exception {
        if (socket != null) {
          socket.close();
          System.setProperty("KEY.closed", "yes");
        }
      }
    }
    """
        .replace("KEY", key);
  }

  private String plainGate() {
    return gate()
        .replace(", HandsOver<ServerSocket>", "")
        .replace("options) {", "options) throws Exception { takeOver(Optional.empty());");
  }

  @Test
  void linksThatNoLongerHandOver_areNamedWithTheirLoss() throws Exception {
    start(CallerWait.of(PATIENCE));
    write("filters/Named.java", "public class Named implements io.lhttp.Filter {}");
    write(
        "processors/Count.java",
        "public class Count implements io.lhttp.Processor {"
            + " public void onMessage(io.lhttp.Exchange e) {} }");

    assertThat(reloader.reload().inWords())
        .endsWith(
            "processors/Count.java changed, Named no longer hands over: its state is lost, "
                + "processor count no longer hands over: its state is lost");

    write("filters/Named.java", "class Named implements io.lhttp.Filter { int version = 3; }");
    assertThat(reloader.reload().inWords()).endsWith("filters/Named.java changed");
  }

  @Test
  void documentedDoor_keepsItsPort() throws Exception {
    var page = Files.readString(Path.of(System.getProperty("lhttp.home"), "docs/java.md"));
    var start = page.indexOf("public class Door");
    var door =
        """
        import io.lhttp.*;
        import java.io.IOException;
        import java.net.ServerSocket;
        import java.util.Optional;
        """
            + page.substring(start, page.indexOf("```", start))
                .replace(
                    "new ServerSocket(9000)",
                    "open();\n  }\n  ServerSocket open() throws IOException {\n    if (VERSION > 1)"
                        + " throw new IOException(\"it was not handed over\");\n"
                        + "    return new ServerSocket(0)")
                .replace("private volatile", "static final int VERSION = 1;\n  private volatile");
    write("filters/Door.java", door);
    chain("Door");
    start(CallerWait.of(PATIENCE));

    write("filters/Door.java", door.replace("VERSION = 1", "VERSION = 2"));
    assertThat(reloader.reload().inWords()).endsWith("Door handed over");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "constructor | lhttp.yaml:1:22: the constructor of Last failed",
        "last        | lhttp.yaml:1:22: filter 'Last' could not take over: java.io.IOException: no",
        "handOver    | lhttp.yaml:1:15: filter 'Named' could not hand over: java.io.IOException: no",
        "takeOver    | lhttp.yaml:1:15: filter 'Named' could not take over: java.io.IOException: no",
        "object      | because Count$Hidden is an object of a replaced class",
        "component   | the component 'hits' can't be a java.lang.String",
      })
  void failureAnywhere_givesEverythingBack(String where, String problem) throws Exception {
    start(CallerWait.of(PATIENCE));
    var port = ask("port");
    ask("count");
    System.setProperty(key + ".fails", where);
    write("filters/Port.java", port(2));
    write("filters/Named.java", named(2));
    write("filters/Last.java", last());
    write(
        "processors/Count.java",
        where.equals("component") ? count("String", "note") : count("int", "note"));
    chain("Port, Named, Last");

    assertThat(reloader.reload())
        .asInstanceOf(type(ReloadResult.Refused.class))
        .satisfies(
            refused -> assertThat(refused.problems().getFirst().toString()).contains(problem));

    assertThat(ask("port")).isEqualTo(port);
    assertThat(bean()).isEqualTo(1);
    assertThat(ask("count")).isEqualTo("Entry[name=a, hits=2]");
    System.clearProperty(key + ".fails");
    write("processors/Count.java", count("int", "note"));
    assertThat(reloader.reload()).isInstanceOf(ReloadResult.Swapped.class);
    assertThat(ask("port")).isEqualTo(port);
    assertThat(bean()).isEqualTo(2);
    assertThat(ask("count")).isEqualTo("Entry[name=a, hits=3, note=null]");
  }

  @Test
  void failingTakeOverAtStart_isReportedWithPlaceAndLine() throws Exception {
    start(CallerWait.of(PATIENCE));
    System.setProperty(key + ".fails", "last");
    write("filters/Last.java", last());
    chain("Last");
    var application = loader().load();

    assertThatThrownBy(() -> application.server(Mode.DEV).port(0).start())
        .isInstanceOfSatisfying(
            ChainException.class,
            e ->
                assertThat(ChainProblems.of(e, application.settings()))
                    .singleElement()
                    .asString()
                    .contains("lhttp.yaml:1:9: filter 'Last' could not take over")
                    .contains("at Last.takeOver(Last.java:"));
  }

  @Test
  void hangingTakeOver_isNamedAndStateGoesBack() throws Exception {
    start(untilItHangs());
    var port = ask("port");
    System.setProperty(key + ".fails", "hang");
    write("filters/Port.java", port(2));
    write("filters/Named.java", named(2));

    assertThat(reloader.reload().inWords())
        .contains("is left behind: since 20")
        .containsPattern("at Named\\.hang\\(Named\\.java:\\d+\\)")
        .contains("in takeOver() of the new filter 'Named' (filters/Named.java); mend the line");

    Eventually.holds("the port is back", () -> ask("port").equals(port));
    Eventually.holds("the bean is back", () -> bean() == 1);
    System.setProperty(key + ".release", "yes");
    Eventually.holds("the thread ends", () -> reloader.leftBehind().isEmpty());
    assertThat(bean()).isEqualTo(1);
    System.clearProperty(key + ".fails");
    System.clearProperty(key + ".begun");
    write("filters/Named.java", named(3));
    assertThat(reloader.reload()).isInstanceOf(ReloadResult.Swapped.class);
    assertThat(ask("port")).isEqualTo(port);
    assertThat(bean()).isEqualTo(3);
  }

  @Test
  void rollBack_handsEverythingBack() throws Exception {
    write("processors/Bad.java", bad("e.send(\"fine\");"));
    write("lhttp.yaml", yaml("Port, Named") + "probation: 30s\n");
    start(CallerWait.of(PATIENCE));
    var port = ask("port");
    ask("count");
    write("filters/Port.java", port(2));
    write("filters/Named.java", named(2));
    write("processors/Count.java", count("int", "note"));
    write("processors/Bad.java", bad("throw new IllegalStateException();"));
    assertThat(reloader.reload()).isInstanceOf(ReloadResult.Swapped.class);
    assertThat(ask("count")).isEqualTo("Entry[name=a, hits=2, note=null]");
    assertThat(bean()).isEqualTo(2);

    askAs(10, "bad");
    Eventually.holds(
        "the tenth client's is counted", () -> control().clientCounts().failed() == 10);
    reloader.checkProbation();

    assertThat(reloader.counts().rolledBack()).isEqualTo(1);
    assertThat(ask("port")).isEqualTo(port);
    assertThat(bean()).isEqualTo(1);
    assertThat(ask("count")).isEqualTo("Entry[name=a, hits=3]");
    write("processors/Bad.java", bad("e.send(\"better\");"));
    assertThat(reloader.reload().inWords()).contains("processor count handed over");
    assertThat(ask("port")).isEqualTo(port);
    assertThat(bean()).isEqualTo(2);
    assertThat(ask("count")).isEqualTo("Entry[name=a, hits=4, note=null]");
  }

  /** Waits until the reload hangs, or is over. */
  private CallerWait untilItHangs() {
    return result ->
        Eventually.holds(
            "it hangs, or is over",
            () -> result.isDone() || System.getProperty(key + ".begun") != null);
  }

  private String ask(String command) {
    return ask(command, "a");
  }

  private int bean() {
    try {
      return (int)
          ManagementFactory.getPlatformMBeanServer()
              .getAttribute(new ObjectName("lhttp.test:type=" + key), "Version");
    } catch (JMException _) {
      return 0;
    }
  }

  /** A server socket that stays open, and is handed over itself. */
  private static String port(int version) {
    return """
    import io.lhttp.*;
    import java.net.ServerSocket;
    import java.util.Map;
    import java.util.Optional;
    public class Port implements Filter, HandsOver<ServerSocket>, AutoCloseable {
      static final int VERSION = %d;
      private volatile ServerSocket socket;
      public Port(Map<String, Object> options) {}
      public Optional<ServerSocket> handOver() {
        var socket = this.socket;
        this.socket = null;
        return Optional.of(socket);
      }
      public void takeOver(Optional<ServerSocket> state) throws Exception {
        socket = state.isPresent() ? state.get() : new ServerSocket(0);
      }
      public Outcome filter(Exchange e, Chain chain) throws Exception {
        var socket = this.socket;
        var text = socket == null || socket.isClosed() ? "closed" : "" + socket.getLocalPort();
        e.attributes().set(AttributeKey.of("port", String.class), text);
        return chain.proceed(e);
      }
      public void close() throws Exception {
        if (socket != null) {
          socket.close();
        }
      }
    }
    """
        .formatted(version);
  }

  /** An MBean under a name that only one object can have. */
  private String named(int version) {
    return
"""
    import io.lhttp.*;
    import java.lang.management.ManagementFactory;
    import java.util.Optional;
    import javax.management.JMException;
import javax.management.ObjectName;
    public class Named implements Filter, HandsOver<Object>, NamedMBean {
      private final String key = "%s";
      public int getVersion() { return %d; }
      public Optional<Object> handOver() throws Exception {
        fail("handOver");
        ManagementFactory.getPlatformMBeanServer().unregisterMBean(name());
        return Optional.empty();
      }
      public void takeOver(Optional<Object> state) throws Exception {
        if (getVersion() == 2) {
          fail("takeOver");
          if ("hang".equals(System.getProperty(key + ".fails"))) {
            hang();
          }
        }
        ManagementFactory.getPlatformMBeanServer().registerMBean(this, name());
      }
      private void fail(String where) throws Exception {
        if (where.equals(System.getProperty(key + ".fails"))) {
          throw new java.io.IOException("no");
        }
      }
      private void hang() throws Exception {
        System.setProperty(key + ".begun", "yes");
        while (System.getProperty(key + ".release") == null) {
          java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
        }
        throw new java.io.IOException("given up");
      }
      private ObjectName name() throws Exception {
        return new ObjectName("lhttp.test:type=" + key);
      }
    }
"""
        .formatted(key, version);
  }

  private String last() {
    return """
    import io.lhttp.*;
    import java.util.Optional;
    public class Last implements Filter, HandsOver<Object> {
      private static final String FAILS = System.getProperty("%s.fails", "");
      public Last() {
        if (FAILS.equals("constructor")) {
          throw new IllegalStateException("no");
        }
      }
      public Optional<Object> handOver() { return Optional.empty(); }
      public void takeOver(Optional<Object> state) throws Exception {
        if (FAILS.equals("last")) {
          throw new java.io.IOException("no");
        }
      }
    }
    """
        .formatted(key);
  }

  /**
   * Counts by the body of a message; the counters are records of its own.
   *
   * @param type the type of the counter
   * @param note a further component; empty for none
   */
  private String count(String type, String note) {
    return """
    import io.lhttp.*;
    import java.util.Map;
    import java.util.Optional;
    import java.util.concurrent.ConcurrentHashMap;
    public class Count implements Processor, HandsOver<Map<String, Count.Entry>> {
      record Entry(String name, %s hits%s) {}
      static class Hidden {}
      private volatile Map<String, Entry> entries = Map.of();
      @SuppressWarnings("unchecked")
      public Optional<Map<String, Entry>> handOver() {
        return "object".equals(System.getProperty("%s.fails"))
            ? Optional.of((Map<String, Entry>) (Map<?, ?>) Map.of("a", new Hidden()))
            : Optional.of(entries);
      }
      public void takeOver(Optional<Map<String, Entry>> state) {
        var given = state.orElse(Map.of());
        if (!String.valueOf(given).contains("Hidden")) {
          entries = new ConcurrentHashMap<>(given);
        }
      }
      public void onMessage(Exchange e) {
        e.send(entries.compute(e.request().body(), (name, old) -> more(name, old)).toString());
      }
      private static Entry more(String name, Entry old) {
        var hits = old == null ? %s : old.hits + %s;
        return new Entry(name, hits%s);
      }
    }
    """
        .formatted(
            type,
            note.isEmpty() ? "" : ", String " + note,
            key,
            type.equals("int") ? "1" : "\"1\"",
            type.equals("int") ? "1" : "\"1\"",
            note.isEmpty() ? "" : ", old == null ? null : old." + note);
  }

  private static String bad(String statement) {
    return """
    public class Bad implements io.lhttp.Processor {
      public void onMessage(io.lhttp.Exchange e) { %s }
    }
    """
        .formatted(statement);
  }

  private void chain(String links) throws IOException {
    write("lhttp.yaml", yaml(links));
  }

  private String yaml(String links) {
    return "chain: [%s]\nprocessors: { port: Say, count: Count%s }\nreload: { deadline: 1m }\n"
        .formatted(links, Files.exists(folder.resolve("processors/Bad.java")) ? ", bad: Bad" : "");
  }
}
