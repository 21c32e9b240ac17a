package io.lhttp.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.lhttp.client.LhttpClient;
import io.lhttp.message.Message;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code dev --inspect} lets DevTools pause a script and read its variables while the server runs.
 */
class InspectTest {
  /** Longer than a call may take without a debugger. */
  private static final Duration LONG = Duration.ofMillis(600);

  @TempDir private Path folder;
  private final Processes processes = new Processes();

  @BeforeEach
  void anApplication() throws IOException {
    write("lhttp.yaml", "scripts: { call-time: 5ms }\nprocessors: { echo: Echo }\n");
    write(
        "processors/say.js",
        """
        export function onMessage(ctx) {
          const text = ctx.body;
          debugger;
          ctx.send(text + "!");
        }
        """);
    write(
        "processors/Echo.java",
        """
        public class Echo implements io.lhttp.Processor {
          public void onMessage(io.lhttp.Exchange exchange) {
            exchange.send(exchange.request().body());
          }
        }
        """);
  }

  @AfterEach
  void end() {
    processes.close();
  }

  @Test
  void breakpoint_pausesScriptUntilResumed() throws Exception {
    var lines = new ArrayList<String>();
    var server =
        Processes.listening(
            processes.lhttp(List.of("dev", "--inspect=0", folder.toString(), "--port", "0")),
            lines);
    var debugger =
        URI.create("ws://" + value(lines, "inspect .*js_app.html\\?ws=").replaceFirst(" .*", ""));
    assertThat(debugger.getHost()).isEqualTo("127.0.0.1");
    try (var client = LhttpClient.builder(server).connect();
        var other = LhttpClient.builder(server).connect()) {
      try (var tools = new DevTools(debugger)) {
        tools.ask("Runtime.enable", Map.of());
        tools.ask("Debugger.enable", Map.of());
        tools.ask("Runtime.runIfWaitingForDebugger", Map.of());
        var reply = client.request(Message.of("say", "hi"));
        var frame = tools.event("Debugger.paused").path("callFrames").path(0);
        assertThat(frame.path("functionName").asText()).isEqualTo("onMessage");
        assertThat(frame.path("url").asText()).endsWith("/processors/say.js");
        assertThat(frame.path("location").path("lineNumber").asInt()).isEqualTo(2);
        assertThat(evaluate(tools, "6 * 7").asInt()).isEqualTo(42);
        assertThat(evaluate(tools, "typeof Java + typeof load").asText())
            .isEqualTo("undefinedundefined");
        var begin = System.nanoTime();
        do {
          assertThat(
                  tools
                      .ask(
                          "Debugger.evaluateOnCallFrame",
                          Map.of(
                              "callFrameId",
                              frame.path("callFrameId").asText(),
                              "expression",
                              "text + ctx.command"))
                      .path("result")
                      .path("value")
                      .asText())
              .isEqualTo("hisay");
          assertThat(body(other.request(Message.of("echo", "awake")))).isEqualTo("awake");
        } while (System.nanoTime() - begin < LONG.toNanos());
        assertThat(reply).isNotDone();
        tools.ask("Debugger.resume", Map.of());

        assertThat(body(reply)).isEqualTo("hi!");
      }
      // The port stays open for the next debugger, and breakpoints are gone without one.
      assertThat(body(client.request(Message.of("say", "ho")))).isEqualTo("ho!");
      try (var tools = new DevTools(debugger)) {
        assertThat(tools.ask("Debugger.enable", Map.of()).path("debuggerId").asText()).isNotEmpty();
      }
    }
    for (var wrong : List.of("/json", "/", debugger.getPath() + "x")) {
      assertThatThrownBy(() -> new DevTools(debugger.resolve(wrong)).close())
          .as(wrong)
          .hasMessageContaining("Handshake");
    }
  }

  @Test
  void takenDebuggerPort_isReportedInOneLine() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var port = taken.getLocalPort();
      var dev =
          processes.lhttp(List.of("dev", folder.toString(), "--port", "0", "--inspect=" + port));

      assertThat(new String(dev.getErrorStream().readAllBytes(), UTF_8))
          .isEqualTo(
              "lhttp: can't debug: the debugger's port %d can't be had (Address already in use): choose another with --inspect=PORT\n"
                  .formatted(port));
      assertThat(Processes.exitCode(dev)).isEqualTo(1);
    }
  }

  private static JsonNode evaluate(DevTools tools, String expression) throws Exception {
    return tools
        .ask("Runtime.evaluate", Map.of("expression", expression))
        .path("result")
        .path("value");
  }

  private static String body(CompletableFuture<Message> reply) throws Exception {
    return reply.get(Processes.PATIENCE_SECONDS, TimeUnit.SECONDS).body();
  }

  private static String value(List<String> lines, String start) {
    return lines.stream()
        .filter(line -> line.matches(start + ".*"))
        .map(line -> line.replaceFirst(start, ""))
        .findFirst()
        .orElseThrow(() -> new AssertionError(lines));
  }

  private void write(String name, String content) throws IOException {
    var file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }
}
