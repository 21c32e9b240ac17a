package io.lhttp.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.client.LhttpClient;
import io.lhttp.message.Message;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code dev} and {@code serve} as processes of their own. */
class ServerProcessTest {
  private static final int PATIENCE_SECONDS = 60;

  @TempDir private Path folder;
  private final List<Process> processes = new ArrayList<>();

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

  @AfterEach
  void end() {
    processes.forEach(Process::destroyForcibly);
  }

  @Test
  void devTellsWhatRunsAndWhereAndServesIt() throws Exception {
    var dev = start("dev", folder.toString(), "--port", "0");
    var lines = new ArrayList<String>();
    var server = listening(dev, lines);

    assertThat(lines)
        .contains("chain      pubsub > multipart", "commands   echo")
        .anyMatch(line -> line.matches("transport  (io_uring|epoll|nio)"))
        .contains("page       http://localhost:" + server.getPort());
    try (var client = LhttpClient.builder(server).connect()) {
      assertThat(
              client
                  .request(Message.of("echo", "hi"))
                  .get(PATIENCE_SECONDS, TimeUnit.SECONDS)
                  .body())
          .isEqualTo("hi");
    }
    assertThat(get(server, "/")).contains("hello");
    assertThat(get(server, "/lhttp.js")).contains("export");
  }

  @Test
  void aTerminatedServerTellsItsClientsToComeBackAndEndsWithZero() throws Exception {
    var serve = start("serve", folder.toString(), "--port", "0", "--set", "listen=127.0.0.1:1");
    var server = listening(serve, new ArrayList<>());
    try (var client = LhttpClient.builder(server).reconnect(false).connect()) {
      client.opened().get(PATIENCE_SECONDS, TimeUnit.SECONDS);

      serve.destroy();

      var closed = client.closed().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(closed.code()).isEqualTo(1001);
      assertThat(closed.reason()).contains("retry-after=");
    }
    assertThat(exitCode(serve)).isZero();
  }

  @Test
  void devTellsOfEverySavedFileInOneLineAndOfErrorsWithTheirSource() throws Exception {
    write("processors/hi.js", "export function onMessage(ctx) { ctx.send('one'); }");
    var dev = start("dev", folder.toString(), "--port", "0");
    var lines = new ArrayList<String>();
    var server = listening(dev, lines);
    assertThat(lines).anyMatch(line -> line.matches("scripts    (compiled|interpreted, .*)"));
    var output = dev.inputReader(UTF_8); // the one that read until now

    write("processors/hi.js", "export function onMessage(ctx) { ctx.send('two'); }");
    assertThat(output.readLine())
        .matches("reloaded   generation 2 in \\d+ ms: processors/hi.js changed");
    try (var client = LhttpClient.builder(server).connect()) {
      assertThat(
              client.request(Message.of("hi", "")).get(PATIENCE_SECONDS, TimeUnit.SECONDS).body())
          .isEqualTo("two");
    }

    write("processors/hi.js", "export function onMessage(ctx) {\n  ctx.send('three';\n}");
    assertThat(output.readLine()).isEqualTo("broken     generation 2 runs on:");
    assertThat(output.readLine()).startsWith(folder + "/processors/hi.js:2:");
    assertThat(output.readLine()).contains("ctx.send('three';");
    assertThat(output.readLine()).matches(" +\\^");
  }

  @Test
  void aHangUpReloadsAndDoesNotEndTheServer() throws Exception {
    var serve = start("serve", folder.toString(), "--port", "0");
    var server = listening(serve, new ArrayList<>());
    write("lhttp.yaml", "chain: [multipart]\nprocessors: { echo: Echo }");

    signal(serve, "HUP");
    try (var errors = serve.errorReader(UTF_8)) {
      assertThat(line(errors, "reloaded"))
          .contains("generation 2 in ")
          .endsWith("ms: pubsub in the chain removed");

      write("lhttp.yaml", "chain: [multipar]");
      signal(serve, "HUP");
      assertThat(line(errors, "not reloaded")).contains("generation=2");
      assertThat(errors.readLine()).contains("lhttp.yaml:1:9: unknown filter 'multipar'");
      assertThat(get(server, "/")).contains("hello");

      signal(serve, "INT");
      assertThat(exitCode(serve)).isZero();
    }
  }

  private static String line(BufferedReader from, String part) throws IOException {
    for (var line = from.readLine(); line != null; line = from.readLine()) {
      if (line.contains(part)) {
        return line;
      }
    }
    throw new AssertionError("no line has " + part);
  }

  @Test
  void aTakenPortIsOneLine() throws Exception {
    try (var taken = new ServerSocket(0)) {
      var port = taken.getLocalPort();
      var serve = start("serve", folder.toString(), "--port", Integer.toString(port));

      assertThat(new String(serve.getErrorStream().readAllBytes(), UTF_8))
          .isEqualTo(
              "lhttp: port "
                  + port
                  + " is taken: choose another with --port N, or listen: in lhttp.yaml\n");
      assertThat(exitCode(serve)).isEqualTo(1);
    }
  }

  @Test
  void aTakenAdminPortIsOneLineToo() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var address = "127.0.0.1:" + taken.getLocalPort();
      var serve = start("serve", folder.toString(), "--port", "0", "--set", "admin=" + address);

      assertThat(new String(serve.getErrorStream().readAllBytes(), UTF_8).lines())
          .singleElement()
          .asString()
          .startsWith("lhttp: the admin port " + address + " can't be had")
          .endsWith("or none with --set admin=false");
      assertThat(exitCode(serve)).isEqualTo(1);
    }
  }

  @Test
  void theOperatorReloadsOverTheAdminPort() throws Exception {
    var serve = start("serve", folder.toString(), "--port", "0");
    listening(serve, new ArrayList<>());
    try (var errors = serve.errorReader(UTF_8)) {
      var admin =
          URI.create(line(errors, "admin listening on ").replaceFirst(".*listening on ", ""));
      write("lhttp.yaml", "chain: [multipart]\nprocessors: { echo: Echo }");
      assertThat(post(admin, "/reload"))
          .contains("\"swapped\"", "\"generation\" : 2", "pubsub in the chain removed");
      write("lhttp.yaml", "chain: [multipar]");
      assertThat(post(admin, "/reload")).contains("\"refused\"", "unknown filter 'multipar'");
      assertThat(get(admin, "/chain")).contains("\"generation\" : 2", "\"multipart\"");
      assertThat(get(admin, "/metrics"))
          .contains("lhttp_generation 2.0", "lhttp_reloads_total{result=\"refused\"} 1.0");
    }
  }

  @Test
  void whatAClientSendsReachesNoLogRaw() throws Exception {
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
      var server = listening(serve, new ArrayList<>());
      try (var client = LhttpClient.builder(server).connect()) {
        client.send(Message.of("echo", "a\r\n2026 ERROR forged \u001b[31m" + "x".repeat(5_000)));
        client.request(Message.of("other", "")).exceptionally(e -> Message.of("x", "")).get();
      }
      signal(serve, "TERM");

      var log = new String(serve.getErrorStream().readAllBytes(), UTF_8);
      assertThat(log).contains("forged").doesNotContain("\u001b", "\r");
      assertThat(log.lines()).noneMatch(line -> line.startsWith("2026 ERROR forged"));
      assertThat(log.lines()).allMatch(line -> line.length() < 20_000);
    }
  }

  @Test
  void aBadConfigurationIsToldWithoutAStackTrace() throws Exception {
    write("lhttp.yaml", "lisen: 1\nprocessors: { echo: Ecko }\n");

    var serve = start("serve", folder.toString());

    assertThat(new String(serve.getErrorStream().readAllBytes(), UTF_8))
        .isEqualTo(
            """
            DIR/lhttp.yaml:1:1: unknown key 'lisen', did you mean 'listen'?
            DIR/lhttp.yaml:2:21: unknown class 'Ecko', did you mean 'Echo'?
            """
                .replace("DIR", folder.toString()));
    assertThat(exitCode(serve)).isEqualTo(1);
  }

  private Process start(String... arguments) throws IOException {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                "io.lhttp.app.Main"));
    command.addAll(List.of(arguments));
    if (arguments[0].equals("serve") && !List.of(arguments).toString().contains("admin")) {
      command.addAll(List.of("--set", "admin=127.0.0.1:0"));
    }
    var process = new ProcessBuilder(command).start();
    processes.add(process);
    return process;
  }

  /** Reads the output up to the line that says that connections are accepted. */
  private static URI listening(Process process, List<String> lines) throws IOException {
    var output = process.inputReader(UTF_8);
    for (var line = output.readLine(); line != null; line = output.readLine()) {
      if (line.startsWith("listening on ")) {
        return URI.create(
            line.substring("listening on ".length()).replace("localhost", "127.0.0.1"));
      }
      lines.add(line);
    }
    throw new AssertionError(
        "the server did not start: " + new String(process.getErrorStream().readAllBytes(), UTF_8));
  }

  private static void signal(Process process, String name) throws Exception {
    var kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
    assertThat(kill.waitFor()).isZero();
  }

  private static int exitCode(Process process) throws InterruptedException {
    assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).as("it ended").isTrue();
    return process.exitValue();
  }

  private static String post(URI server, String path) throws Exception {
    try (var http = HttpClient.newHttpClient()) {
      return http.send(
              HttpRequest.newBuilder(server.resolve(path))
                  .POST(HttpRequest.BodyPublishers.noBody())
                  .build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    }
  }

  private static String get(URI server, String path) throws Exception {
    try (var http = HttpClient.newHttpClient()) {
      var uri = URI.create("http://127.0.0.1:" + server.getPort() + path);
      return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
          .body();
    }
  }

  private void write(String name, String content) throws IOException {
    var file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }
}
