package io.lhttp.app.cli.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.lhttp.app.Main;
import io.lhttp.app.Processes;
import io.lhttp.app.cli.CommandFixture;
import io.lhttp.app.cli.Output;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.fixture.TestCertificate;
import io.lhttp.server.HostRule;
import io.lhttp.server.Hosts;
import io.lhttp.server.LhttpServer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code connect} and {@code publish} reach servers as people name them, and say why not. */
class ConnectTest extends CommandFixture {
  @ParameterizedTest
  @CsvSource({
    "ws://h, ws://h, http://h",
    "WSS://h:1/a?b=c, wss://h:1/a?b=c, https://h:1/a?b=c",
    "http://localhost:8081/, ws://localhost:8081/, http://localhost:8081/",
    "https://h/room, wss://h/room, https://h/room",
    "localhost:8081, ws://localhost:8081, http://localhost:8081",
    ":8081/, ws://localhost:8081/, http://localhost:8081/",
    "127.0.0.1:8081/a, ws://127.0.0.1:8081/a, http://127.0.0.1:8081/a",
    "[::1]:8081, ws://[::1]:8081, http://[::1]:8081",
    "chat/a.b, ws://chat/a.b, http://chat/a.b",
    "app.localhost:1, ws://app.localhost:1, http://app.localhost:1",
    "chat.example.com, wss://chat.example.com, https://chat.example.com",
    "chat.example.com:443/a?b, wss://chat.example.com:443/a?b, https://chat.example.com:443/a?b",
  })
  void address_ofAnyForm_isUnderstood(String typed, URI webSocket, URI http) throws Exception {
    assertThat(ServerAddress.of(typed).webSocket()).isEqualTo(webSocket);
    assertThat(ServerAddress.of(typed).http()).isEqualTo(http);
  }

  @Test
  void fragmentOfPage_isLeftOut() throws Exception {
    assertThat(ServerAddress.of("http://h/?a=b#user=jack").webSocket())
        .isEqualTo(URI.create("ws://h/?a=b"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ftp://h", "ws://", "ws:///a", "a b", "", "ws://h:x"})
  void address_ofNoServer_isRefusedWithForms(String typed) {
    assertThat(run("connect", typed)).isEqualTo(1);
    assertThat(errors()).startsWith("lhttp: '").endsWith("or a host such as localhost:8081\n");
  }

  @Test
  void header_reachesHandshake() throws Exception {
    try (var server =
        LhttpServer.builder()
            .port(0)
            .processor(
                "cookie",
                exchange ->
                    exchange.send(
                        exchange.connection().handshake().header("cookie").orElse("none")))
            .start()) {
      assertThat(
              run(
                  "connect",
                  "localhost:" + server.port(),
                  "--header",
                  "Cookie: a=b:c",
                  "--send",
                  "cookie",
                  "--body"))
          .as(err.toString())
          .isZero();
    }
    assertThat(out.toString()).isEqualTo("a=b:c\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--header x          | lhttp: --header x: expected NAME:VALUE",
        "--header :x         | lhttp: --header :x: expected NAME:VALUE",
        "--header Sec-WebSocket-Key:x | lhttp: the handshake sets the header Sec-WebSocket-Key itself",
        "--ca nowhere.pem    | lhttp: --ca nowhere.pem can't be read: no such file",
        "--ca pom.xml        | lhttp: --ca pom.xml: this is no file of PEM certificates",
        "--ca a --insecure   | lhttp: --ca and --insecure exclude each other",
      })
  void malformedOption_isReportedInOneLine(String options, String message) {
    assertThat(run(("connect ws://127.0.0.1:1 " + options).split(" +"))).isEqualTo(1);
    assertThat(errors()).isEqualTo(message + "\n");
  }

  @Test
  void refusedHandshake_isShownWithStatusAndBody() throws Exception {
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          var body = "<h1>Bad gateway</h1>\n\nnobody \u001b[31mhere\n".getBytes(UTF_8);
          exchange.sendResponseHeaders(502, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    try {
      assertThat(run("connect", "127.0.0.1:" + server.getAddress().getPort())).isEqualTo(1);
    } finally {
      server.stop(0);
    }
    assertThat(errors())
        .isEqualTo(
            """
            lhttp: the server refused the connection: HTTP 502
              <h1>Bad gateway</h1>
              nobody \\u{1b}[31mhere
            """);
  }

  @Test
  void refusalWithBody_isShownWithBody() throws Exception {
    try (var server =
        LhttpServer.builder()
            .port(0)
            .processor(
                "order",
                exchange ->
                    exchange
                        .reply()
                        .header("status", "409")
                        .header("error", "sold out")
                        .body("{\n  \"left\": 0\n}")
                        .send())
            .start()) {
      assertThat(run("connect", "localhost:" + server.port(), "--send", "order 1")).isEqualTo(1);
    }
    assertThat(errors())
        .isEqualTo("lhttp: refused with 409: sold out\n  {\n    \"left\": 0\n  }\n");
  }

  @Test
  void commandWithoutReply_isAcknowledged() throws Exception {
    try (var server =
        LhttpServer.builder()
            .port(0)
            .processor("quiet", exchange -> {})
            .processor("echo", exchange -> exchange.send(exchange.request().body()))
            .start()) {
      assertThat(
              run(
                  "connect",
                  "localhost:" + server.port(),
                  "--send",
                  "echo one",
                  "--send",
                  "quiet two",
                  "--send",
                  "echo three"))
          .as(err.toString())
          .isZero();
    }
    assertThat(out.toString()).isEqualTo("echo one\nquiet {status: 200}\necho three\n");
  }

  @Test
  void unknownHost_isReported() {
    assertThat(run("connect", "ws://host.invalid/", "--timeout", "60s")).isEqualTo(1);
    assertThat(errors()).endsWith("lhttp: no connection: no such host\n");
  }

  @Test
  void connect_withSend_printsReply() throws Exception {
    try (var server = server()) {
      assertThat(
              run(
                  "connect",
                  server.uri().toString(),
                  "--send",
                  "echo a  b",
                  "--send",
                  "LHTTP/1.0 echo\\r\\nid:7\\r\\n\\r\\nx"))
          .as(err.toString())
          .isZero();
      assertThat(out.toString()).isEqualTo("echo a  b\necho {id: 7} x\n");
    }
  }

  @Test
  void connect_refusedMessage_failsWithReason() throws Exception {
    try (var server = server()) {
      assertThat(run("connect", server.uri().toString(), "--send", "nope")).isEqualTo(1);
      assertThat(errors()).isEqualTo("lhttp: refused with 404: nobody handles this command\n");
    }
  }

  @Test
  void connectAndPublish_reachSubscriber() throws Exception {
    try (var server = server()) {
      var uri = server.uri().toString();
      var subscriber =
          new FutureTask<>(() ->
              run("connect", uri, "--subscribe", "a", "--count", "2", "--stay", "60s", "--body"));
      // on a thread of its own, because the JDK's clients need the common pool
      Thread.ofPlatform().daemon().start(subscriber);
      var quiet = new Output(new PrintWriter(new StringWriter()), new PrintWriter(err));
      while (out.toString().lines().count() < 2 && !subscriber.isDone()) {
        assertThat(Main.run(quiet, "connect", uri, "--publish", "a", "--send", "x by socket"))
            .as(err.toString())
            .isZero();
        assertThat(Main.run(quiet, "publish", "a", "by http", "--url", uri.replace("ws:", "http:")))
            .as(err.toString())
            .isZero();
      }
      assertThat(subscriber.get(60, TimeUnit.SECONDS)).as(err.toString()).isZero();
      assertThat(out.toString()).contains("by http\n");
    }
  }

  @Test
  void connect_withTooFewMessages_fails() throws Exception {
    try (var server = server()) {
      assertThat(
              run(
                  "connect",
                  server.uri().toString(),
                  "--subscribe",
                  "a",
                  "--count",
                  "1",
                  "--stay",
                  "1ms"))
          .isEqualTo(1);
      assertThat(errors()).isEqualTo("lhttp: 0 of 1 messages came within 1ms\n");
    }
  }

  @Test
  void publish_sendsHeadersAndReportsChannelCount() throws Exception {
    var received = new CompletableFuture<String>();
    try (var server =
        LhttpServer.builder()
            .port(0)
            .filter("pubsub", new PubSubFilter())
            .processor("news", exchange -> received.complete(Printer.line(exchange.request())))
            .start()) {
      assertThat(
              run(
                  "publish",
                  "a",
                  "hi",
                  "--command",
                  "news",
                  "--header",
                  "from: me",
                  "--url",
                  "http://127.0.0.1:" + server.port()))
          .as(err.toString())
          .isZero();
    }
    assertThat(out.toString()).isEqualTo("published to 1 channel\n");
    assertThat(received.get(60, TimeUnit.SECONDS)).isEqualTo("news {publish: a, from: me} hi");
  }

  /** In a process of its own, because the JDK decides about this header once. */
  @Test
  void hostHeader_namesServerBehindAddress() throws Exception {
    try (var server =
            LhttpServer.builder()
                .port(0)
                .hosts(Hosts.only(List.of(HostRule.parse("example.com"))))
                .processor("hi", exchange -> exchange.send("hello"))
                .start();
        var processes = new Processes()) {
      var to = "127.0.0.1:" + server.port();
      var command =
          Processes.command(
              List.of("connect", to, "--header", "Host: example.com", "--send", "hi", "--body"));
      var run = processes.start(new ProcessBuilder(command).redirectErrorStream(true));
      var said = new String(run.getInputStream().readAllBytes(), UTF_8);

      assertThat(Processes.exitCode(run)).as(said).isZero();
      assertThat(said).endsWith("hello\n");
    }
  }

  @Test
  void tls_withAuthorityOrInsecure_connects() throws Exception {
    var certificate = folder.resolve("cert.pem");
    TestCertificate.make("a", "EC", folder).write(certificate, folder.resolve("key.pem"));
    try (var server =
        LhttpServer.builder()
            .port(0)
            .tls(certificate, folder.resolve("key.pem"))
            .processor("echo", exchange -> exchange.send(exchange.request().body()))
            .start()) {
      var here = "wss://127.0.0.1:" + server.port();
      var other = "wss://localhost:" + server.port();
      assertThat(ask(here)).isEqualTo(1);
      assertThat(errors())
          .isEqualTo(
              "lhttp: no connection: the server's certificate is not trusted; --ca FILE trusts its"
                  + " issuer, --insecure any\n");
      assertThat(ask(here, "--ca", certificate.toString())).as(err.toString()).isZero();
      assertThat(ask(other, "--ca", certificate.toString())).isEqualTo(1);
      assertThat(errors())
          .startsWith("lhttp: no connection: the server's certificate is for another host: No ");
      assertThat(ask(other, "--insecure")).as(err.toString()).isZero();
      assertThat(
              run(
                  "publish",
                  "a",
                  "hi",
                  "--command",
                  "echo",
                  "--insecure",
                  "--url",
                  "https" + other.substring(3)))
          .as(err.toString())
          .isZero();
      assertThat(ask("ws://127.0.0.1:" + server.port())).isEqualTo(1);
      assertThat(errors()).contains("HTTP 400", "use https or wss");
    }
  }

  private static LhttpServer server() throws Exception {
    return LhttpServer.builder()
        .port(0)
        .filter("pubsub", new PubSubFilter())
        .processor("echo", exchange -> exchange.send(exchange.request().body()))
        .start();
  }

  /** Returns the errors without the line that a connection prints on a slow machine. */
  private String errors() {
    return err.toString().replaceAll("(?m)^connecting to .* …\\R", "");
  }

  private int ask(String server, String... options) {
    err.getBuffer().setLength(0);
    var command = new String[] {"connect", server, "--send", "echo hi", "--timeout", "60s"};
    var all = Arrays.copyOf(command, command.length + options.length);
    System.arraycopy(options, 0, all, command.length, options.length);
    return run(all);
  }
}
