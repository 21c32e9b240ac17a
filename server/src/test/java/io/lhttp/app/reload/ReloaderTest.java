package io.lhttp.app.reload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.list;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.lhttp.app.code.ClassLoaders;
import io.lhttp.app.code.leak.ClassLoaderWatch;
import io.lhttp.app.config.Problem;
import io.lhttp.fixture.CapturedLog;
import io.lhttp.message.Message;
import io.lhttp.testing.Eventually;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The reloader swaps in changed code, and reports problems in it. */
class ReloaderTest extends EchoFixture {
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

  private static String failing(String name) {
    return """
    public class %s implements io.lhttp.Filter {
      public %s() { throw new IllegalStateException("no"); }
    }
    """
        .formatted(name, name);
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

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "public Mark() { throw new OutOfMemoryError(\"by hand\"); } | OutOfMemoryError: by hand | <init>",
        "static { if (true) throw new OutOfMemoryError(\"by hand\"); } | OutOfMemoryError: by hand | <clinit>",
        "public Mark() { throw new InternalError(\"by hand\"); } | InternalError: by hand | <init>",
        "static { if (true) throw new AssertionError(\"odd\"); } | AssertionError: odd | <clinit>"
      })
  void errorOfConstructor_isReportedWithClassAndLine(String body, String error, String method)
      throws Exception {
    write("filters/Mark.java", "public class Mark implements io.lhttp.Filter {\n" + body + "\n}");

    assertThat(reloader.reload())
        .asInstanceOf(type(ReloadResult.Refused.class))
        .satisfies(refused ->
            assertThat(refused.inWords())
                .contains("lhttp.yaml:", error, "at Mark.%s(Mark.java:2)".formatted(method)));
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
    assertThat(ask("say", "hi")).isEqualTo("js you");
    assertThat(client.request(Message.of("say", "HI")).headers().is("status", "422")).isTrue();

    write("lib/words.js", "export const word = 'fresh';");
    write(
        "lhttp.yaml",
        "chain: [no-shouting, pubsub]\nprocessors: { echo: Echo, say: { options: { to: me } } }\n");
    assertThat(changes())
        .containsExactly("processors/say.js changed", "processor say in lhttp.yaml added");
    assertThat(ask("say", "hi")).isEqualTo("fresh me");

    write("processors/say.js", "export function onMessage(ctx) {\n  ctx.send(;\n}");
    write("lhttp.yaml", "chain: [no-shoutin, pubsub]\nprocessors: { echo: Echo }\n");
    assertThat(reloader.reload().inWords())
        .contains("lhttp.yaml:1:9: unknown filter 'no-shoutin', did you mean 'no-shouting'?");
    write("lhttp.yaml", "chain: [no-shouting, pubsub]\nprocessors: { echo: Echo }\n");
    assertThat(reloader.reload().inWords())
        .contains(folder.resolve("processors/say.js") + ":2:12: ")
        .contains("ctx.send(;");
    assertThat(ask("say", "hi")).isEqualTo("fresh me");
  }

  @Test
  void reload_keepsUnchangedClassAndReleasesChangedOne() throws Exception {
    write("processors/Count.java", COUNT);
    write("lhttp.yaml", "chain: [Mark]\nprocessors: { echo: Echo, count: Count }\n");
    reloader.reload();
    assertThat(ask("count", "")).isEqualTo("1");
    var echo = loaderOf("echo");
    var count = loaderOf("count");

    write("processors/Echo.java", echo("two"));
    reloader.reload();

    assertThat(ask("count", "")).isEqualTo("2");
    assertThat(talk()).isEqualTo("two hi");
    Eventually.holds(
        "the class loader of the class that was replaced is collected",
        () -> ClassLoaders.collected(List.of(echo)));
    assertThat(count.refersTo(null)).isFalse();
  }

  private WeakReference<ClassLoader> loaderOf(String command) throws Exception {
    for (var processor : reloader.running().chain().processors()) {
      if (processor.command().equals(command)) {
        return loader(processor.make());
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
}
