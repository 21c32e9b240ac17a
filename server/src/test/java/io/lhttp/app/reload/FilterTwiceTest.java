package io.lhttp.app.reload;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.lhttp.message.Message;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A chain may have a filter twice, under two names, each with its own options and state. */
class FilterTwiceTest extends ReloadFixture {
  private static final String ECHO =
      """
      import io.lhttp.*;
      public class Echo implements Processor {
        public void onMessage(Exchange e) { e.send(e.request().body()); }
      }
      """;

  /** Appends its word, and the number of messages that this instance has seen. */
  private static final String COUNT =
      """
      import io.lhttp.*;
      import java.util.concurrent.atomic.AtomicInteger;
      public class Count implements Filter {
        record Options(String word) {}
        private final AtomicInteger count = new AtomicInteger();
        private final Options options;
        public Count(Options options) { this.options = options; }
        public Outcome filter(Exchange e, Chain chain) throws Exception {
          var text = e.request().body() + " " + options.word() + count.incrementAndGet();
          e.rewrite(e.request().toBuilder().body(text).build());
          return chain.proceed(e);
        }
      }
      """;

  private static final String COUNT_SCRIPT =
      """
      let count = 0;
      export function before(ctx) {
        ctx.rewrite({ body: ctx.body + " " + ctx.options.word + ++count });
      }
      """;

  private final List<HttpServer> backends = new ArrayList<>();

  @AfterEach
  void stopBackends() {
    backends.forEach(backend -> backend.stop(0));
  }

  @Test
  void javaFilterTwice_hasOptionsStateAndTraceOfEach() throws Exception {
    write("filters/Count.java", COUNT);
    start("- Count: { word: a }", "- again: { filter: Count, word: b }");

    assertThat(talk()).isEqualTo("hi a1 b1");
    assertThat(talk()).isEqualTo("hi a2 b2");
    assertThat(traced().header("trace").orElseThrow())
        .containsSubsequence(" Count=rewrote", " again=rewrote", " processor=handled");

    assertThat(reload("- Count: { word: a }", "- again: { filter: Count, word: c }"))
        .containsExactly("word of again changed");
    assertThat(talk()).isEqualTo("hi a4 c1");

    assertThat(reload("- again: { filter: Count, word: c }", "- Count: { word: a }"))
        .containsExactly("order again > Count > pubsub");
    assertThat(talk()).isEqualTo("hi c2 a5");

    assertThat(reload("- again: { filter: Count, word: c }", "- more: { filter: Count, word: a }"))
        .containsExactly("more joined the chain", "Count left the chain");
    assertThat(talk()).isEqualTo("hi c3 a1");
  }

  @Test
  void changedClass_replacesBothUses() throws Exception {
    write("filters/Count.java", COUNT);
    start("- Count: { word: a }", "- again: { filter: Count, word: b }");
    assertThat(talk()).isEqualTo("hi a1 b1");

    write("filters/Count.java", COUNT.replace("\" \" +", "\"-\" +"));

    assertThat(reload("- Count: { word: a }", "- again: { filter: Count, word: b }"))
        .containsExactly("filters/Count.java changed");
    assertThat(talk()).isEqualTo("hi-a1-b1");
  }

  @Test
  void scriptTwice_hasOptionsAndStateOfEach() throws Exception {
    write("filters/count.js", COUNT_SCRIPT);
    start("- count: { word: a }", "- again: { filter: count, word: b }");

    assertThat(talk()).isEqualTo("hi a1 b1");
    assertThat(talk()).isEqualTo("hi a2 b2");

    assertThat(reload("- count: { word: a }", "- again: { filter: count, word: c }"))
        .containsExactly("word of again changed");
    assertThat(talk()).isEqualTo("hi a3 c1");

    assertThat(reload("- again: { filter: count, word: c }"))
        .containsExactly("count left the chain");
    assertThat(talk()).isEqualTo("hi c2");
  }

  @Test
  void changedFilterOfName_isNamed() throws Exception {
    write("filters/count.js", COUNT_SCRIPT);
    write("filters/Count.java", COUNT);
    start("- mark: { filter: count, word: a }");
    assertThat(talk()).isEqualTo("hi a1");
    assertThat(talk()).isEqualTo("hi a2");

    assertThat(reload("- mark: { filter: Count, word: a }"))
        .containsExactly("filter of mark changed");
    assertThat(talk()).isEqualTo("hi a1");
  }

  @Test
  void rateLimitTwice_limitsByBothAndReloadsOne() throws Exception {
    write("processors/Other.java", ECHO.replace("Echo", "Other"));
    var limit = "- rate-limit: { rate: 1/h, commands: [echo] }";
    var other = "- other-limit: { filter: rate-limit, rate: 1/h, commands: [other] }";
    start(limit, other);
    assertThat(statusOf("echo")).isEmpty();
    assertThat(statusOf("echo")).contains("429");
    assertThat(statusOf("other")).isEmpty();
    assertThat(statusOf("other")).contains("429");

    assertThat(reload(limit, other.replace("1/h", "2/h")))
        .containsExactly("rate of other-limit changed");

    assertThat(statusOf("echo")).contains("429");
    assertThat(statusOf("other")).isEmpty();
    assertThat(statusOf("other")).isEmpty();
    assertThat(statusOf("other")).contains("429");
  }

  @Test
  void upstreamTwice_forwardsToBoth() throws Exception {
    start(
        "- upstream: { routes: { one: 'GET http://127.0.0.1:%d/' } }".formatted(backend("first")),
        "- second: { filter: upstream, routes: { two: 'GET http://127.0.0.1:%d/' } }"
            .formatted(backend("second")));

    assertThat(ask("one", "")).isEqualTo("first");
    assertThat(ask("two", "")).isEqualTo("second");
    assertThat(server.statistics().links())
        .filteredOn(link -> link.name().equals("second"))
        .singleElement()
        .satisfies(link -> assertThat(link.messages()).isEqualTo(2));
  }

  private int backend(String answer) throws IOException {
    var backend = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    backend.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, answer.length());
          exchange.getResponseBody().write(answer.getBytes(UTF_8));
          exchange.close();
        });
    backend.start();
    backends.add(backend);
    return backend.getAddress().getPort();
  }

  private String talk() {
    return ask("echo", "hi");
  }

  private Message traced() {
    return client.request(Message.builder("echo").header("trace", "true").body("hi").build());
  }

  private Optional<String> statusOf(String command) {
    return client.request(Message.of(command, "hi")).header("status");
  }

  private void start(String... filters) throws Exception {
    write("processors/Echo.java", ECHO);
    write("lhttp.yaml", chain(filters));
    super.start();
  }

  /** Reloads with another chain; returns the changes. */
  private List<String> reload(String... filters) throws IOException {
    write("lhttp.yaml", chain(filters));
    return changes();
  }

  private String chain(String... filters) {
    return """
    chain:
      %s
      - pubsub
    processors: { echo: Echo%s }
    """
        .formatted(
            String.join("\n  ", filters),
            Files.exists(folder.resolve("processors/Other.java")) ? ", other: Other" : "");
  }
}
