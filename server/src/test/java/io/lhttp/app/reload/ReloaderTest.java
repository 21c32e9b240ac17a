package io.lhttp.app.reload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.list;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.lhttp.app.assembly.Application;
import io.lhttp.app.code.leak.ClassLoaderWatch;
import io.lhttp.app.config.ConfigurationException;
import io.lhttp.app.config.Problem;
import io.lhttp.app.settings.Mode;
import io.lhttp.chain.Tally;
import io.lhttp.fixture.CapturedLog;
import io.lhttp.message.Message;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.internal.lifecycle.ServerInternals;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.ManualClock;
import io.lhttp.testing.TestClient;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The reloader swaps in changed code, reports what changed, and rolls a failing generation back.
 */
class ReloaderTest {
  /** A processor that counts its messages in a static field. */
  private static final String COUNTING =
      """
      import io.lhttp.*;
      public class Echo implements Processor {
        private static int count;
        public void onMessage(Exchange e) { e.send("" + ++count); }
      }
      """;

  @TempDir private Path folder;
  private final ManualClock clock = new ManualClock();
  private LhttpServer server;
  private Reloader reloader;
  private TestClient client;

  @BeforeEach
  void start() throws Exception {
    write("processors/Echo.java", echo("one"));
    write("filters/Mark.java", mark("Mark"));
    write("lhttp.yaml", "chain: [Mark, pubsub]\nprocessors: { echo: Echo }\n");
    var application = load(Optional.empty());
    server = application.server(Mode.DEV).port(0).start();
    reloader = new Reloader(Mode.DEV, application, server, this::load, clock::nanoTime);
    client = TestClient.connect(server.uri());
  }

  @AfterEach
  void end() {
    client.close();
    server.close();
    reloader.running().scripts().close();
  }

  @Test
  void reload_appliesToNextMessageOfOpenConnection() throws Exception {
    assertThat(talk()).isEqualTo("one hi");

    write("processors/Echo.java", echo("two"));

    assertThat(reloader.reload())
        .asInstanceOf(type(ReloadResult.Swapped.class))
        .satisfies(swapped -> {
          assertThat(swapped.generation()).isEqualTo(2);
          assertThat(swapped.changes()).containsExactly("processors/Echo.java changed");
          assertThat(swapped.restart()).isEmpty();
          assertThat(swapped.inWords())
              .matches("generation 2 in \\d+ ms: processors/Echo.java changed");
        });
    assertThat(talk()).isEqualTo("two hi");
    assertThat(reloader.counts()).isEqualTo(new ReloadCounts(1, 0, 0, 0));
  }

  @Test
  void failedReload_reportsAllProblemsAndKeepsGeneration() throws Exception {
    write("processors/Echo.java", echo("two").replace("send", "sned"));
    write("lhttp.yaml", "chain: [Mark, pubsub]\nprocessors: { echo: Echo }\nreload: hot\n");

    assertThat(reloader.reload())
        .asInstanceOf(type(ReloadResult.Refused.class))
        .satisfies(refused -> {
          assertThat(refused.generation()).isEqualTo(1);
          assertThat(refused.problems())
              .extracting(Problem::toString)
              .anyMatch(problem -> problem.contains("Echo.java:3:40: cannot find symbol"))
              .anyMatch(problem ->
                  problem.contains("lhttp.yaml:3:9: reload: expected one of warm, fast"));
        });
    assertThat(talk()).isEqualTo("one hi");
    assertThat(reloader.counts()).isEqualTo(new ReloadCounts(0, 1, 0, 0));
  }

  @Test
  void removedPermission_endsSubscriptionOfSilentConnection() throws Exception {
    write("lhttp.yaml", guarded("news", "gossip"));
    reloader.reload();
    client.send(
        Message.builder("echo")
            .header("authorization", "a-key-of-16-chars")
            .header("subscribe", "news gossip")
            .header("ack", "true")
            .build());
    client.receive(2); // the reply, and the acknowledgement

    write("lhttp.yaml", guarded("news"));
    reloader.reload();
    var notice = client.receive();
    assertThat(notice.header("unsubscribed")).contains("gossip");
    assertThat(notice.header("status")).contains("403");

    write("lhttp.yaml", guarded("news").replace("a-key-of", "another-key-of"));
    reloader.reload();
    assertThat(client.closed().code()).isEqualTo(4401);
  }

  private static String guarded(String... channels) {
    var permissions =
        Stream.of(channels).map("{ channel: %s }"::formatted).collect(Collectors.joining(", "));
    return """
    chain:
    - auth:
        api-keys: { backend: { key: a-key-of-16-chars } }
        permissions: [ %s ]
    - pubsub
    processors: { echo: Echo }
    """
        .formatted(permissions);
  }

  @Test
  void failingConstructors_areAllReported() throws Exception {
    write("filters/Bad.java", failing("Bad"));
    write("filters/Worse.java", failing("Worse"));
    write("lhttp.yaml", "chain:\n- Bad\n- Worse\nprocessors: { echo: Echo }\n");

    assertThat(reloader.reload())
        .asInstanceOf(type(ReloadResult.Refused.class))
        .extracting(ReloadResult.Refused::problems)
        .asInstanceOf(list(Problem.class))
        .extracting(problem -> problem.place().line())
        .containsExactly(2, 3);
    assertThat(talk()).isEqualTo("one hi");
  }

  @Test
  void refusedReload_leavesNoRegistrationOfItsClasses() throws Exception {
    write("filters/FiguresMBean.java", "public interface FiguresMBean {}");
    write(
        "filters/Figures.java",
        """
        public class Figures implements io.lhttp.Filter, FiguresMBean {
          public Figures() throws Exception {
            java.lang.management.ManagementFactory.getPlatformMBeanServer()
                .registerMBean(this, new javax.management.ObjectName("lhttp.test:type=Refused"));
            throw new IllegalStateException("no");
          }
        }
        """);
    write("lhttp.yaml", "chain: [Figures]\nprocessors: { echo: Echo }\n");
    assertThat(reloader.reload()).isInstanceOf(ReloadResult.Refused.class);
    var beans = ManagementFactory.getPlatformMBeanServer();
    var name = new ObjectName("lhttp.test:type=Refused");

    Eventually.holds(
        "the bean is deregistered",
        () -> {
          reloader.checkClassLoaders();
          return !beans.isRegistered(name);
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "public class Mark implements io.lhttp.Filter { public Mark() { throw new OutOfMemoryError("
            + "\"Metaspace\"); } }",
        "public class Mark implements io.lhttp.Filter { static { if (true) throw new"
            + " OutOfMemoryError(\"Compressed class space\"); } }"
      })
  void exhaustedClassSpace_refusesReload(String source) throws Exception {
    write("filters/Mark.java", source);

    assertThat(reloader.reload())
        .asInstanceOf(type(ReloadResult.Refused.class))
        .satisfies(refused ->
            assertThat(refused.inWords())
                .contains("the JVM has no more memory for classes: java.lang.OutOfMemoryError"));
    assertThat(talk()).isEqualTo("one hi");
  }

  @Test
  void threadLocalOnEventLoop_isNamedAfterReload() throws Exception {
    write(
        "filters/Mark.java",
        """
        @io.lhttp.NonBlocking
        class Mark implements io.lhttp.Filter {
          static final ThreadLocal<Mark> LAST = new ThreadLocal<>();
          public io.lhttp.Outcome filter(io.lhttp.Exchange exchange, io.lhttp.Chain chain)
              throws Exception {
            LAST.set(this);
            return chain.proceed(exchange);
          }
        }
        """);
    write("processors/Echo.java", echo("one").replace("class", "@io.lhttp.NonBlocking class"));
    reloader.reload();
    assertThat(talk()).isEqualTo("one hi");
    write("filters/Mark.java", mark("Mark"));
    reloader.reload();

    try (var log = new CapturedLog(ClassLoaderWatch.class)) {
      Eventually.holds(
          "the thread local is named",
          () -> {
            reloader.checkClassLoaders();
            clock.advance(Duration.ofSeconds(5));
            return !log.messages().isEmpty();
          });
      assertThat(log.messages())
          .singleElement()
          .asString()
          .contains("classes=Mark", "ThreadLocal of the thread 'lhttp-loop", "→ Mark");
    }
  }

  @Test
  void changes_nameOrderAndOptionsWithoutValues() throws Exception {
    write("filters/Other.java", mark("Other"));
    write(
        "lhttp.yaml",
        "chain: [pubsub, Mark: { on-error: skip }, Other]\nprocessors: { e: Echo, echo: Echo }\n");

    assertThat(changes())
        .containsExactly(
            "filters/Other.java added",
            "Other joined the chain",
            "on-error of Mark changed",
            "order pubsub > Mark > Other",
            "processor e in lhttp.yaml added");
    assertThat(ServerInternals.of(server).chain().pipeline().filterNames())
        .containsExactly("pubsub", "Mark", "Other");
  }

  @Test
  void changedOption_isNamedWithoutValue() throws Exception {
    write(
        "filters/Set.java",
        "class Set implements io.lhttp.Filter { Set(java.util.Map<String, Object> options) {} }");
    write("lhttp.yaml", chain("{ a: { b: 1, c: 2 }, d: 3 }"));
    reloader.reload();
    write("lhttp.yaml", chain("{ a: { b: 7, c: 2 }, e: 3 }"));

    assertThat(changes()).containsExactly("a.b, d, e of Set changed");
  }

  private static String chain(String options) {
    return "chain: [Mark, Set: %s]\nprocessors: { echo: Echo }\n".formatted(options);
  }

  @Test
  void classConnectedWithChangedOne_isNamedAsReplacedToo() throws Exception {
    write(
        "filters/Mark.java",
        mark("Mark").replace("{", "{ static Object slow() { return Slow.N; }"));
    write("filters/Slow.java", "class Slow { static Object N = 1; }");
    reloader.reload();
    write("filters/Slow.java", "class Slow { static Object N = 2; }");

    assertThat(changes())
        .containsExactly(
            "filters/Slow.java changed",
            "Mark replaced, too, without its state: it is connected with Slow");
  }

  @Test
  void changedComment_replacesNothing() throws Exception {
    write("filters/Mark.java", "// a comment\n\n" + mark("Mark"));

    assertThat(reloader.reload())
        .asInstanceOf(type(ReloadResult.Unchanged.class))
        .satisfies(unchanged -> {
          assertThat(unchanged.generation()).isEqualTo(1);
          assertThat(unchanged.changes()).containsExactly("filters/Mark.java changed");
        });
  }

  @Test
  void changedConstant_namesClassesIntoWhichItIsCompiled() throws Exception {
    write(
        "filters/Limits.java",
        "class Limits { static final int MAX = 1; static final int MIN = 1; }");
    write("filters/Mark.java", mark("Mark").replace("{", "{ int max = Limits.MAX;"));
    write("filters/Other.java", mark("Other").replace("{", "{ int min = Limits.MIN;"));
    write("lhttp.yaml", "chain: [Mark, Other, pubsub]\nprocessors: { echo: Echo }\n");
    reloader.reload();
    write(
        "filters/Limits.java",
        "class Limits { static final int MAX = 2; static final int MIN = 1; }");

    assertThat(changes())
        .containsExactly(
            "filters/Limits.java changed",
            "Mark replaced, too, without its state: a constant of Limits is compiled into it");
  }

  @Test
  void changeBesideComment_namesClassWithComment() throws Exception {
    write("filters/Slow.java", "class Slow { static Object N = 1; }");
    write("filters/Mark.java", mark("Mark").replace("{", "{ Object slow = Slow.N;"));
    reloader.reload();
    write("filters/Slow.java", "class Slow { static Object N = 2; }");
    write(
        "filters/Mark.java", "\n// here\n" + mark("Mark").replace("{", "{ Object slow = Slow.N;"));

    assertThat(changes())
        .containsExactly(
            "filters/Mark.java changed",
            "filters/Slow.java changed",
            "Mark replaced, too, without its state: it is connected with Slow");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "// a comment\nclass Slow { static final int A = 1; int b() { return A; } }",
        "class Slow {\n\n  static final int A = 1;\n  int b() { return A; }\n}\n",
        "class Slow { static final int A = 2; int b() { return A; } }",
        "class Slow { static final int A = 1; int b() { return 7; } String c = \"word\"; }",
      })
  void changeOfUnconnectedClass_keepsInstances(String changed) throws Exception {
    write("processors/Echo.java", COUNTING);
    write("filters/Slow.java", "class Slow { static final int A = 1; int b() { return A; } }");
    reloader.reload();
    assertThat(talk()).isEqualTo("1");
    write("filters/Slow.java", changed);

    assertThat(reloader.reload())
        .asInstanceOf(type(ReloadResult.Unchanged.class))
        .satisfies(unchanged ->
            assertThat(unchanged.changes()).containsExactly("filters/Slow.java changed"));
    assertThat(talk()).isEqualTo("2");
  }

  @Test
  void commentInConnectedClass_keepsInstances() throws Exception {
    write(
        "processors/Echo.java",
        COUNTING.replace("e.send(\"\"", "e.send(Slow.PREFIX + Slow.word()"));
    var slow =
        "class Slow { static final String PREFIX = \"\"; static String word() { return PREFIX; } }";
    write("filters/Slow.java", slow);
    write("lhttp.yaml", "chain: [Mark, pubsub]\nprocessors: { echo: Echo }\n");
    reloader.reload();
    assertThat(talk()).isEqualTo("1");
    write("filters/Slow.java", "/* a\n * b\n */\n" + slow.replace("return", "\n  // c\n  return"));
    write(
        "lhttp.yaml",
        "# here\nchain:\n  # and here\n  - Mark\n  - pubsub\nprocessors: { echo: Echo }\n");

    assertThat(reloader.reload())
        .asInstanceOf(type(ReloadResult.Unchanged.class))
        .satisfies(unchanged ->
            assertThat(unchanged.changes()).containsExactly("filters/Slow.java changed"));
    assertThat(talk()).isEqualTo("2");
  }

  @Test
  void scriptThatLeavesChain_isNotCalledRemoved() throws Exception {
    write("filters/note.js", "export function before(ctx) {}");
    write("lhttp.yaml", "chain: [note, Mark]\nprocessors: { echo: Echo }\n");
    reloader.reload();
    write("lhttp.yaml", "chain: [Mark]\nprocessors: { echo: Echo }\n");

    assertThat(changes()).containsExactly("note left the chain");
  }

  @Test
  void call_hasLoaderOfApplication() throws Exception {
    write(
        "processors/Echo.java",
        """
        class Echo implements io.lhttp.Processor, AutoCloseable {
          public void onMessage(io.lhttp.Exchange e) { e.send(own() + " " + e.request().body()); }
          public void close() { System.setProperty("lhttp.test.closed", own()); }
          private String own() {
            return "" + (Thread.currentThread().getContextClassLoader()
                == getClass().getClassLoader());
          }
        }
        """);
    System.clearProperty("lhttp.test.closed");
    reloader.reload();
    assertThat(talk()).isEqualTo("true hi");

    write("processors/Echo.java", echo("two"));
    reloader.reload();

    Eventually.holds(
        "close has the loader", () -> "true".equals(System.getProperty("lhttp.test.closed")));
  }

  @Test
  void keysNeedingRestart_areNamedAndKeepGeneration() throws Exception {
    write(
        "lhttp.yaml",
        "listen: 1\n"
            + "limits: { message-bytes: 1KiB }\n"
            + "chain: [Mark, pubsub]\n"
            + "processors: { echo: Echo }\n");

    assertThat(reloader.reload())
        .asInstanceOf(type(ReloadResult.Unchanged.class))
        .extracting(ReloadResult.Unchanged::restart)
        .isEqualTo(List.of("listen", "limits"));

    write("lhttp.yaml", "listen: 1\nchain: [pubsub, Mark]\nprocessors: { echo: Echo }\n");

    assertThat(reloader.reload().inWords())
        .matches("generation 2 in \\d+ ms: order pubsub > Mark; a restart is needed for: listen");
    assertThat(talk()).isEqualTo("one hi");
  }

  @Test
  void reload_withoutChange_keepsGeneration() throws Exception {
    write("lhttp.yaml", "# moved down\n\nchain: [Mark, pubsub]\nprocessors: { echo: Echo }\n");

    assertThat(reloader.reload())
        .asInstanceOf(type(ReloadResult.Unchanged.class))
        .satisfies(unchanged -> {
          assertThat(unchanged.generation()).isEqualTo(1);
          assertThat(unchanged.changes()).isEmpty();
        });
  }

  @Test
  void scripts_areFoundByFileNameAndReloaded() throws Exception {
    write("lib/words.js", "export const word = 'js';");
    write(
        "processors/say.js",
        """
        import { word } from "../lib/words.js";
        export function onMessage(ctx) { ctx.send(word + " " + (ctx.options.to ?? "you")); }
        """);
    write(
        "filters/no-shouting.js",
        "export function before(ctx) { if (ctx.body === 'HI') ctx.refuse(422, 'no shouting'); }");
    write("lhttp.yaml", "chain: [no-shouting, pubsub]\nprocessors: { echo: Echo }\n");
    assertThat(changes()).contains("filters/no-shouting.js added", "processors/say.js added");
    assertThat(client.request(Message.of("say", "hi")).body()).isEqualTo("js you");
    assertThat(client.request(Message.of("say", "HI")).headers().is("status", "422")).isTrue();

    write("lib/words.js", "export const word = 'fresh';");
    write(
        "lhttp.yaml",
        "chain: [no-shouting, pubsub]\nprocessors: { echo: Echo, say: { options: { to: me } } }\n");
    assertThat(changes())
        .containsExactly("processors/say.js changed", "processor say in lhttp.yaml added");
    assertThat(client.request(Message.of("say", "hi")).body()).isEqualTo("fresh me");

    write("processors/say.js", "export function onMessage(ctx) {\n  ctx.send(;\n}");
    write("lhttp.yaml", "chain: [no-shoutin, pubsub]\nprocessors: { echo: Echo }\n");
    assertThat(reloader.reload().inWords())
        .contains("lhttp.yaml:1:9: unknown filter 'no-shoutin', did you mean 'no-shouting'?");
    write("lhttp.yaml", "chain: [no-shouting, pubsub]\nprocessors: { echo: Echo }\n");
    assertThat(reloader.reload().inWords())
        .contains(folder.resolve("processors/say.js") + ":2:12: ")
        .contains("ctx.send(;");
    assertThat(client.request(Message.of("say", "hi")).body()).isEqualTo("fresh me");
  }

  @Test
  void probation_moreFailuresThanBefore_rollsBack() throws Exception {
    probation();
    talk();
    reloader.checkProbation();
    write("processors/Echo.java", echo("two").replace("e.send(", "e.send(1 / 0 + "));
    assertThat(reloader.reload().generation()).isEqualTo(3);

    failAs(10);
    Eventually.holds(
        "the tenth client's is counted",
        () -> ServerInternals.of(server).chain().tally().failed() == 10);
    reloader.checkProbation();

    assertThat(talk()).isEqualTo("one hi");
    assertThat(ServerInternals.of(server).chain().pipeline().generation()).isEqualTo(2);
    assertThat(reloader.counts()).isEqualTo(new ReloadCounts(2, 0, 1, 1));
    assertThat(reloader.probation())
        .hasValueSatisfying(state -> {
          assertThat(state.outcome()).isEqualTo(ProbationState.Outcome.ROLLED_BACK);
          assertThat(state.generation()).isEqualTo(3);
          assertThat(state.running()).isEqualTo(2);
        });

    write("processors/Echo.java", echo("three"));
    assertThat(reloader.reload().generation()).isEqualTo(4);
    assertThat(talk()).isEqualTo("three hi");
  }

  @Test
  void rollBack_ofSecondProbation_returnsToBeforeBoth() throws Exception {
    probation();
    write("processors/Echo.java", echo("two").replace("e.send(", "e.send(1 / 0 + "));
    reloader.reload();
    write("processors/Echo.java", echo("three").replace("e.send(", "e.send(2 / 0 + "));
    reloader.reload();

    failAs(10);
    Eventually.holds(
        "the tenth client's is counted",
        () -> ServerInternals.of(server).chain().tally().failed() == 10);
    reloader.checkProbation();

    assertThat(talk()).isEqualTo("one hi");
    assertThat(ServerInternals.of(server).chain().pipeline().generation()).isEqualTo(2);
  }

  @Test
  void probation_passed_keepsGeneration() throws Exception {
    probation();
    write("processors/Echo.java", echo("two"));
    reloader.reload();
    talk();
    clock.advance(Duration.ofSeconds(30));
    reloader.checkProbation();

    assertThat(ServerInternals.of(server).chain().rollBack(3)).isEmpty();
    assertThat(talk()).isEqualTo("two hi");
    assertThat(reloader.counts().rolledBack()).isZero();
  }

  @Test
  void reload_keepsUnchangedClassAndReleasesChangedOne() throws Exception {
    write("processors/Count.java", COUNT);
    write("lhttp.yaml", "chain: [Mark]\nprocessors: { echo: Echo, count: Count }\n");
    reloader.reload();
    assertThat(client.request(Message.of("count", "")).body()).isEqualTo("1");
    var echo = loaderOf("echo");
    var count = loaderOf("count");

    write("processors/Echo.java", echo("two"));
    reloader.reload();

    assertThat(client.request(Message.of("count", "")).body()).isEqualTo("2");
    assertThat(talk()).isEqualTo("two hi");
    Eventually.holds(
        "the class loader of the class that was replaced is collected",
        () -> {
          System.gc();
          return echo.refersTo(null);
        });
    assertThat(count.refersTo(null)).isFalse();
  }

  private WeakReference<ClassLoader> loaderOf(String command) throws Exception {
    for (var processor : reloader.running().chain().processors()) {
      if (processor.command().equals(command)) {
        return new WeakReference<>(processor.make().call().getClass().getClassLoader());
      }
    }
    throw new AssertionError("no processor of " + command);
  }

  private static final String COUNT =
      """
      import io.lhttp.*;
      public class Count implements Processor {
        private static final java.util.concurrent.atomic.AtomicInteger N =
            new java.util.concurrent.atomic.AtomicInteger();
        public void onMessage(Exchange e) { e.send("" + N.incrementAndGet()); }
      }
      """;

  @Test
  void probation_failuresOfOneClient_doNotRollBack() throws Exception {
    probation();
    write("processors/Echo.java", echo("two").replace("e.send(", "e.send(1 / 0 + "));
    reloader.reload();

    for (var i = 0; i < 50; i++) {
      client.request(Message.of("echo", "hi"));
    }
    reloader.checkProbation();

    assertThat(ServerInternals.of(server).chain().pipeline().generation()).isEqualTo(3);
    assertThat(ServerInternals.of(server).chain().tally()).isEqualTo(new Tally(1, 1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "throw new io.lhttp.RefusedException(503, \"the upstream is away\");",
        "e.refuse(500, \"bad input\");",
        "e.publish(\"room\", Message.of(\"x\", \"\")); throw new"
            + " java.net.ConnectException(\"no\");",
        "throw new RuntimeException(new java.net.SocketTimeoutException(\"late\"));",
      })
  void probation_failuresOutsideLink_doNotCount(String statement) throws Exception {
    probation();
    write(
        "processors/Echo.java",
        """
        import io.lhttp.*;
        import io.lhttp.message.Message;
        public class Echo implements Processor {
          public void onMessage(Exchange e) throws Exception { %s }
        }
        """
            .formatted(statement));
    assertThat(reloader.reload()).isInstanceOf(ReloadResult.Swapped.class);

    failAs(12);
    Eventually.holds(
        "all are counted", () -> ServerInternals.of(server).chain().tally().clients() == 12);
    reloader.checkProbation();

    assertThat(ServerInternals.of(server).chain().tally().failed()).isZero();
    assertThat(ServerInternals.of(server).chain().pipeline().generation()).isEqualTo(3);
  }

  @Test
  void probation_failuresOfUnchangedLink_doNotCount() throws Exception {
    write("processors/Old.java", OLD);
    probation("chain: [pubsub, Mark]\nprocessors: { echo: Echo, old: Old }\n");
    write("processors/Echo.java", echo("two"));
    reloader.reload();

    for (var i = 0; i < 12; i++) {
      try (var other = TestClient.connect(server.uri())) {
        assertThat(other.request(Message.of("old", "")).headers().is("status", "500")).isTrue();
      }
    }
    Eventually.holds(
        "all are counted", () -> ServerInternals.of(server).chain().tally().clients() == 12);
    reloader.checkProbation();

    assertThat(ServerInternals.of(server).chain().tally().failed()).isZero();
    assertThat(ServerInternals.of(server).chain().pipeline().generation()).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource({"first, 0", "second, 12"})
  void probation_ofFilterTwice_countsFailuresOfChangedUse(String command, int failed)
      throws Exception {
    write(
        "filters/Gate.java",
        """
        import io.lhttp.*;
        public class Gate implements Filter {
          record Options(String command, int other) {}
          private final String command;
          public Gate(Options options) { command = options.command(); }
          public Outcome filter(Exchange exchange, Chain chain) throws Exception {
            if (exchange.request().command().equals(command)) throw new IllegalStateException();
            return chain.proceed(exchange);
          }
        }
        """);
    var chain =
        "chain: [Gate: { command: first, other: 1 }, more: { filter: Gate, command: second, other: 1 }]\n";
    probation(chain);
    write("lhttp.yaml", "probation: 30s\n" + chain.replace("second, other: 1", "second, other: 2"));
    assertThat(changes()).containsExactly("other of more changed");

    for (var i = 0; i < 12; i++) {
      try (var other = TestClient.connect(server.uri())) {
        assertThat(other.request(Message.of(command, "")).headers().is("status", "500")).isTrue();
      }
    }
    Eventually.holds(
        "all are counted", () -> ServerInternals.of(server).chain().tally().clients() == 12);

    assertThat(ServerInternals.of(server).chain().tally().failed()).isEqualTo(failed);
  }

  @Test
  void reload_reportsProbationAndItsOutcomeLater() throws Exception {
    probation();
    write("processors/Echo.java", echo("two"));

    var swapped = (ReloadResult.Swapped) reloader.reload();
    assertThat(swapped.probation()).isEqualTo(Duration.ofSeconds(30));
    assertThat(swapped.inWords()).endsWith("; on probation for 30 s");
    clock.advance(Duration.ofSeconds(10));
    assertThat(reloader.probation())
        .hasValueSatisfying(state -> {
          assertThat(state.outcome()).isEqualTo(ProbationState.Outcome.UNDER_WAY);
          assertThat(state.left()).isEqualTo(Duration.ofSeconds(20));
        });

    clock.advance(Duration.ofSeconds(20));
    reloader.checkProbation();

    assertThat(reloader.probation())
        .hasValueSatisfying(
            state -> assertThat(state.outcome()).isEqualTo(ProbationState.Outcome.KEPT));
    assertThat(reloader.counts().kept()).isEqualTo(2);
  }

  private static final String OLD =
      """
      public class Old implements io.lhttp.Processor {
        public void onMessage(io.lhttp.Exchange e) { throw new IllegalStateException("old"); }
      }
      """;

  /** Turns probation on by a reload that becomes generation 2. */
  private void probation() throws IOException {
    probation("chain: [pubsub, Mark]\nprocessors: { echo: Echo }\n");
  }

  private void probation(String rest) throws IOException {
    write("lhttp.yaml", "probation: 30s\n" + rest);
    reloader.reload();
    reloader.checkProbation();
    clock.advance(Duration.ofSeconds(30));
    reloader.checkProbation();
  }

  /** Lets this many clients send a message for which a link throws. */
  private void failAs(int clients) {
    for (var i = 0; i < clients; i++) {
      try (var other = TestClient.connect(server.uri())) {
        other.request(Message.of("echo", "hi"));
      }
    }
  }

  private List<String> changes() {
    return ((ReloadResult.Swapped) reloader.reload()).changes();
  }

  private String talk() {
    return client.request(Message.of("echo", "hi")).body();
  }

  private Application load(Optional<Application> before) throws ConfigurationException {
    return Application.load(folder, List.of(), name -> null, Mode.DEV, before);
  }

  private static String echo(String word) {
    return """
    import io.lhttp.*;
    public class Echo implements Processor {
      public void onMessage(Exchange e) { e.send("%s " + e.request().body()); }
    }
    """
        .formatted(word);
  }

  private static String mark(String name) {
    return "public class %s implements io.lhttp.Filter {}".formatted(name);
  }

  private static String failing(String name) {
    return """
    public class %s implements io.lhttp.Filter {
      public %s() { throw new IllegalStateException("no"); }
    }
    """
        .formatted(name, name);
  }

  private void write(String name, String content) throws IOException {
    var file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }
}
