package io.lhttp.app.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.Processes;
import io.lhttp.client.LhttpClient;
import io.lhttp.message.Message;
import io.lhttp.testing.TestClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code dev} and {@code serve} follow files, signals and the admin port in processes of their own.
 */
public class ServerProcessTest extends ProcessFixture {
  @BeforeEach
  void anApplication() throws IOException {
    write("lhttp.yaml", "processors: { echo: Echo }");
    write(
        "processors/Echo.java",
        """
        public class Echo implements io.lhttp.Processor {
          public void onMessage(io.lhttp.Exchange exchange) {
            exchange.send(exchange.request().body());
          }
        }
        """);
    write("public/index.html", "<!doctype html><title>hello</title>");
  }

  @Test
  void dev_printsChainAndAddressAndServes() throws Exception {
    var dev = start("dev", folder.toString(), "--port", "0");
    var lines = new ArrayList<String>();
    var server = Processes.listening(dev, lines);

    assertThat(lines)
        .contains("chain      pubsub > multipart", "commands   echo")
        .anyMatch(line -> line.matches("transport  (io_uring|epoll|nio)"))
        .contains("page       http://localhost:" + server.getPort());
    assertThat(ask(server, "echo", "hi")).isEqualTo("hi");
    assertThat(get(server, "/")).contains("hello");
    assertThat(get(server, "/lhttp.js")).contains("export");
  }

  @Test
  void sigterm_closesClientsWithRetryAfterAndExitsZero() throws Exception {
    var serve = start("serve", folder.toString(), "--port", "0", "--set", "listen=127.0.0.1:1");
    var server = Processes.listening(serve);
    try (var client = LhttpClient.builder(server).reconnect(false).connect()) {
      client.opened().get(Processes.PATIENCE_SECONDS, TimeUnit.SECONDS);

      serve.destroy();

      var closed = client.closed().get(Processes.PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(closed.code()).isEqualTo(1001);
      assertThat(closed.reason()).contains("retry-after=");
    }
    assertThat(Processes.exitCode(serve)).isZero();
  }

  @Test
  void dev_reportsReloadInOneLineAndErrorsWithSource() throws Exception {
    write("processors/hi.js", "export function onMessage(ctx) { ctx.send('one'); }");
    var dev = start("dev", folder.toString(), "--port", "0");
    var lines = new ArrayList<String>();
    var server = Processes.listening(dev, lines);
    assertThat(lines).anyMatch(line -> line.matches("scripts    (compiled|interpreted, .*)"));
    // the same reader as before, because it may have buffered lines
    var output = dev.inputReader(UTF_8);

    write("processors/hi.js", "export function onMessage(ctx) { ctx.send('two'); }");
    assertThat(output.readLine())
        .matches("reloaded   generation 2 in \\d+ ms: processors/hi.js changed");
    assertThat(ask(server, "hi", "")).isEqualTo("two");

    write("processors/hi.js", "export function onMessage(ctx) {\n  ctx.send('three';\n}");
    assertThat(output.readLine()).isEqualTo("broken     generation 2 runs on:");
    assertThat(output.readLine()).startsWith(folder + "/processors/hi.js:2:");
    assertThat(output.readLine()).contains("ctx.send('three';");
    assertThat(output.readLine()).matches(" +\\^");
  }

  @Test
  void exitInConstructor_isNamedWithLine() throws Exception {
    write("lhttp.yaml", "chain: [Ends]\n");
    write(
        "filters/Ends.java",
        """
        public class Ends implements io.lhttp.Filter {
          public Ends() { System.exit(3); }
        }
        """);

    var serve = start("serve", folder.toString(), "--port", "0");

    assertThat(new String(serve.getErrorStream().readAllBytes(), UTF_8))
        .contains("ends the process by System.exit at=application#", "//Ends.<init>(Ends.java:2)");
    assertThat(Processes.exitCode(serve)).isEqualTo(3);
  }

  @Test
  void dev_announcesFolderThatIsRepaired() throws Exception {
    var dev = start("dev", folder.toString(), "--port", "0");
    Processes.listening(dev);
    var output = dev.inputReader(UTF_8);

    write("lhttp.yaml", "processors: { echo: Ecko }");
    assertThat(output.readLine()).isEqualTo("broken     generation 1 runs on:");
    assertThat(output.readLine()).contains("lhttp.yaml:1:21: unknown class 'Ecko'");
    assertThat(output.readLine()).isEqualTo("    processors: { echo: Ecko }");
    assertThat(output.readLine()).isEqualTo("                        ^");

    write("lhttp.yaml", "processors: { echo: Echo }");
    assertThat(output.readLine())
        .isEqualTo(
            "repaired   generation 1 runs on, nothing in its chain has changed;"
                + " lhttp.yaml is in order again");
  }

  @ParameterizedTest
  @ValueSource(strings = {"dev", "serve"})
  void failingJavaCode_isDescribedToClientOfDevAlone(String command) throws Exception {
    write("lhttp.yaml", "chain: [x.Gate]\nprocessors: { echo: Echo }");
    write(
        "filters/x/Gate.java",
        """
        package x;
        import io.lhttp.*;
        public class Gate implements Filter {
          public Outcome filter(Exchange exchange, Chain chain) throws Exception {
            if (exchange.request().body().equals("gate")) {
              Runnable fails = () -> Integer.parseInt("abc");
              fails.run();
            }
            return chain.proceed(exchange);
          }
        }
        """);
    write(
        "processors/Echo.java",
        """
        public class Echo implements io.lhttp.Processor {
          public void onMessage(io.lhttp.Exchange exchange) {
            throw new IllegalStateException("no pool", new java.io.IOException("refused\\nby db"));
          }
        }
        """);
    var process = start(command, folder.toString(), "--port", "0");
    var server = Processes.listening(process);
    var dev = command.equals("dev");
    try (var client = TestClient.connect(server)) {
      assertThat(client.request(Message.of("echo", "gate")).header("error"))
          .contains(
              dev
                  ? "filters/x/Gate.java:6: java.lang.NumberFormatException: For input string: \"abc\""
                  : "the server failed");
      assertThat(client.request(Message.of("echo", "hi")).header("error"))
          .contains(
              dev
                  ? "processors/Echo.java:3: java.lang.IllegalStateException: no pool, caused by"
                      + " java.io.IOException: refused\\nby db"
                  : "the server failed");
    }
  }

  @Test
  void sighup_reloadsWithoutEndingServer() throws Exception {
    var serve = start("serve", folder.toString(), "--port", "0");
    var server = Processes.listening(serve);
    write("lhttp.yaml", "chain: [multipart]\nprocessors: { echo: Echo }");

    Processes.signal(serve, "HUP");
    try (var errors = serve.errorReader(UTF_8)) {
      assertThat(Processes.line(errors, "reloaded"))
          .contains("generation 2 in ")
          .endsWith("ms: pubsub left the chain; on probation for 30 s");

      write("lhttp.yaml", "chain: [multipar]");
      Processes.signal(serve, "HUP");
      assertThat(Processes.line(errors, "not reloaded")).contains("generation=2");
      assertThat(errors.readLine()).contains("lhttp.yaml:1:9: unknown filter 'multipar'");
      assertThat(get(server, "/")).contains("hello");

      Processes.signal(serve, "INT");
      assertThat(Processes.exitCode(serve)).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"HUP", "INT", "HUP INT TERM"})
  void parentIgnoringSignals_doesNotReachTestServers(String ignored) throws Exception {
    var command =
        new ArrayList<>(List.of("sh", "-c", "trap '' " + ignored + "; exec \"$@\"", "sh"));
    command.addAll(
        Processes.command(
            List.of("serve", folder.toString(), "--port", "0", "--set", "admin=false")));
    var serve = processes.start(new ProcessBuilder(command));
    Processes.listening(serve);

    Processes.signal(serve, "HUP");
    try (var errors = serve.errorReader(UTF_8)) {
      assertThat(Processes.line(errors, "reloaded")).contains("nothing in its chain has changed");
      Processes.signal(serve, "INT");
      assertThat(Processes.exitCode(serve)).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"HUP", "TERM", "INT"})
  void ignoredSignal_isReportedWithAlternative(String signal) throws Exception {
    var arguments =
        List.of("serve", folder.toString(), "--port", "0", "--set", "admin=127.0.0.1:0");
    var serve = processes.ignoring(signal, arguments);
    Processes.listening(serve);

    try (var errors = serve.errorReader(UTF_8)) {
      assertThat(Processes.line(errors, "SIG" + signal))
          .contains("is ignored")
          .containsPattern(
              switch (signal) {
                case "HUP" -> "POST http://127\\.0\\.0\\.1:\\d+/reload does";
                case "TERM" -> "SIGINT drains";
                default -> "SIGTERM drains";
              });
    }
  }

  @Test
  void devWithParent_endsWhenParentIsKilled() throws Exception {
    var command = new ArrayList<>(List.of("sh", "-c", "\"$@\" & wait", "sh"));
    command.addAll(
        Processes.command(List.of("dev", folder.toString(), "--port", "0", "--with-parent")));
    var parent = processes.start(new ProcessBuilder(command));
    Processes.listening(parent);
    var dev = parent.children().findFirst().orElseThrow();
    try {
      parent.destroyForcibly();

      assertThat(dev.onExit().get(Processes.PATIENCE_SECONDS, TimeUnit.SECONDS).isAlive())
          .isFalse();
    } finally {
      dev.destroyForcibly();
    }
  }

  @Test
  void dev_reportsInterpretedScriptsWithoutWarning() throws Exception {
    write("processors/hi.js", "export function onMessage(ctx) { ctx.send('one'); }");
    var said = new ArrayList<String>();
    Processes.listening(start("dev", folder.toString(), "--port", "0"), said);

    assertThat(said)
        .filteredOn(line -> line.startsWith("scripts "))
        .singleElement()
        .asString()
        .contains("interpreted, for a fast start")
        .doesNotContain("because");
  }

  @Test
  void takenPort_isReportedInOneLine() throws Exception {
    try (var taken = new ServerSocket(0)) {
      var port = taken.getLocalPort();
      var serve = start("serve", folder.toString(), "--port", Integer.toString(port));

      assertThat(new String(serve.getErrorStream().readAllBytes(), UTF_8))
          .isEqualTo(
              "lhttp: port "
                  + port
                  + " is taken: choose another with --port N, or listen: in lhttp.yaml\n");
      assertThat(Processes.exitCode(serve)).isEqualTo(1);
    }
  }

  @Test
  void takenAdminPort_isReportedInOneLine() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var address = "127.0.0.1:" + taken.getLocalPort();
      var serve = start("serve", folder.toString(), "--port", "0", "--set", "admin=" + address);

      assertThat(new String(serve.getErrorStream().readAllBytes(), UTF_8).lines())
          .singleElement()
          .asString()
          .startsWith("lhttp: the admin port " + address + " can't be had")
          .endsWith("or none with --set admin=false");
      assertThat(Processes.exitCode(serve)).isEqualTo(1);
    }
  }

  @Test
  void adminPort_reloads() throws Exception {
    var serve = start("serve", folder.toString(), "--port", "0");
    Processes.listening(serve);
    try (var errors = serve.errorReader(UTF_8)) {
      var admin = Processes.admin(errors);
      write("lhttp.yaml", "chain: [multipart]\nprocessors: { echo: Echo }");
      assertThat(post(admin, "/reload"))
          .contains("\"swapped\"", "\"generation\" : 2", "pubsub left the chain");
      assertThat(Processes.line(errors, "reloaded, "))
          .contains(" INFO ", "generation 2 in ", "ms: pubsub left the chain");
      write("lhttp.yaml", "chain: [multipar]");
      assertThat(post(admin, "/reload")).contains("\"refused\"", "unknown filter 'multipar'");
      assertThat(Processes.line(errors, "not reloaded ")).contains(" ERROR ", "generation=2");
      assertThat(errors.readLine()).contains("lhttp.yaml:1:9: unknown filter 'multipar'");
      assertThat(get(admin, "/chain")).contains("\"generation\" : 2", "\"multipart\"");
      assertThat(get(admin, "/metrics"))
          .contains("lhttp_generation 2.0", "lhttp_reloads_total{result=\"refused\"} 1.0");
    }
  }

  @Test
  void clientText_isEscapedInLog() throws Exception {
    write(
        "processors/Echo.java",
        """
        public class Echo implements io.lhttp.Processor {
          public void onMessage(io.lhttp.Exchange exchange) {
            throw new IllegalStateException(exchange.request().body());
          }
        }
        """);
    for (var format : List.of("lines", "json")) {
      var serve =
          start(
              "serve",
              folder.toString(),
              "--port",
              "0",
              "--set",
              "admin=false",
              "--set",
              "log.format=" + format);
      var server = Processes.listening(serve);
      try (var client = LhttpClient.builder(server).connect()) {
        client.send(Message.of("echo", "a\r\n2026 ERROR forged \u001b[31m" + "x".repeat(5_000)));
        client.request(Message.of("other", "")).exceptionally(e -> Message.of("x", "")).get();
      }
      Processes.signal(serve, "TERM");

      var log = new String(serve.getErrorStream().readAllBytes(), UTF_8);
      assertThat(log).contains("forged").doesNotContain("\u001b", "\r");
      assertThat(log.lines()).noneMatch(line -> line.startsWith("2026 ERROR forged"));
      assertThat(log.lines()).allMatch(line -> line.length() < 20_000);
    }
  }

  @Test
  void wrongConfiguration_isReportedWithoutStackTrace() throws Exception {
    write("lhttp.yaml", "lisen: 1\nprocessors: { echo: Ecko }\n");

    var serve = start("serve", folder.toString());

    assertThat(new String(serve.getErrorStream().readAllBytes(), UTF_8))
        .isEqualTo(
            """
            DIR/lhttp.yaml:1:1: unknown key 'lisen', did you mean 'listen'?
                lisen: 1
                ^
            DIR/lhttp.yaml:2:21: unknown class 'Ecko', did you mean 'Echo'?
                processors: { echo: Ecko }
                                    ^
            """
                .replace("DIR", folder.toString()));
    assertThat(Processes.exitCode(serve)).isEqualTo(1);
  }

  private Process start(String... arguments) throws IOException {
    var all = new ArrayList<>(List.of(arguments));
    if (arguments[0].equals("serve") && !all.toString().contains("admin")) {
      all.addAll(List.of("--set", "admin=127.0.0.1:0"));
    }
    return processes.lhttp(all);
  }
}
