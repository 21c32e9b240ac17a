package io.lhttp.app.settings;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.lhttp.Processor;
import io.lhttp.app.assembly.Application;
import io.lhttp.app.assembly.ApplicationLoader;
import io.lhttp.app.config.ConfigurationException;
import io.lhttp.message.Message;
import io.lhttp.testing.TestChain;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The settings of {@code scripts} choose threads, allowed URLs and limits. */
class ScriptSettingsTest {
  @TempDir private Path folder;

  @Test
  void threads_chooseOwnThreadsOrEventLoops() throws Exception {
    write("export function onMessage(ctx) { ctx.send(ctx.body); }");

    assertThat(mayBlock("{ threads: 1, call-time: 5s }")).isTrue();
    assertThat(mayBlock("{ threads: event-loop }")).isFalse();
  }

  @Test
  void fetch_reachesListedUrlsOnly() throws Exception {
    write(
        """
        export async function onMessage(ctx) {
          try {
            const response = await fetch(ctx.body, { method: "POST", body: "asked" });
            ctx.send(`${response.status} ${await response.text()}`);
          } catch (error) {
            ctx.send(error.message);
          }
        }
        """);
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            var body = exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(201, body.length);
            exchange.getResponseBody().write(body);
          }
        });
    server.start();
    var origin = "http://127.0.0.1:" + server.getAddress().getPort();
    var application =
        load("{ threads: 1, call-time: 5s, fetch: [ \"%s/ok/\" ] }".formatted(origin));
    try (var _ = application.scripts();
        var chain = TestChain.builder().processor("p", processor(application)).build()) {
      assertThat(answer(chain, origin + "/ok/a")).isEqualTo("201 asked");
      assertThat(answer(chain, origin + "/other"))
          .isEqualTo(
              "fetch may not go to %s: it is not listed under scripts.fetch".formatted(origin));
      assertThat(answer(chain, "http://127.0.0.2:1/ok/a"))
          .contains("not listed under scripts.fetch");
    } finally {
      server.stop(0);
    }
  }

  private static String answer(TestChain chain, String body) {
    var result = chain.send(chain.connect("jack"), Message.of("p", body));
    assertThat(result.replies()).as("%s", result.outcome()).hasSize(1);
    return result.replies().getFirst().body();
  }

  private boolean mayBlock(String scripts) throws Exception {
    var application = load(scripts);
    try (var _ = application.scripts();
        var processor = (AutoCloseable) processor(application)) {
      return ((Processor) processor).mayBlock(Message.of("p", ""));
    }
  }

  private static Processor processor(Application application) throws Exception {
    return application.chain().processors().getFirst().make().call();
  }

  private void write(String script) throws Exception {
    var file = folder.resolve("processors/p.js");
    Files.createDirectories(file.getParent());
    Files.writeString(file, script, UTF_8);
  }

  private Application load(String scripts) throws Exception {
    Files.writeString(folder.resolve("lhttp.yaml"), "scripts: " + scripts + "\n");
    return new ApplicationLoader(folder).environment(name -> null).load();
  }

  @Test
  void limits_areReadAndWrongOnesReportedWithPosition() throws Exception {
    write("export function onMessage(ctx) { ctx.attributes.set('a', 'x'.repeat(2000)); }");
    var application = load("{ threads: 1, call-time: 5s, attribute-bytes: 2KiB }");
    try (var _ = application.scripts();
        var chain = TestChain.builder().processor("p", processor(application)).build()) {
      assertThat(chain.send(chain.connect("jack"), Message.of("p", "")).outcome().toString())
          .contains("attributes hold 2048 bytes, see scripts.attribute-bytes");
    }
    for (var wrong :
        List.of(
            "{ attribute-bytes: many }|:1:29: scripts.attribute-bytes: expected ",
            "{ attribute-byte: 1KiB }|:1:12: unknown key 'scripts.attribute-byte', did you mean"
                + " 'attribute-bytes'?",
            "{ attribute-bytes: 0 }|every limit of scripts has to be positive",
            "{ call-time: soon }|:1:23: scripts.call-time: expected a duration",
            "{ shared-bytes: -1 }|scripts.shared-bytes",
            "{ body-bytes: 1.5 }|scripts.body-bytes: expected ")) {
      var parts = List.of(wrong.split("\\|", 2));
      assertThatThrownBy(() -> load(parts.getFirst()))
          .as(wrong)
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining(parts.getLast());
    }
  }
}
