package io.lhttp.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import io.lhttp.chain.ChainSpec;
import io.lhttp.chain.FilterSpec;
import io.lhttp.control.Refresh;
import io.lhttp.control.Target;
import io.lhttp.filters.auth.AuthFilter;
import io.lhttp.filters.auth.AuthOptions;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.filters.upstream.HooksFilter;
import io.lhttp.filters.upstream.HooksOptions;
import io.lhttp.filters.upstream.HooksOptions.Hook;
import io.lhttp.message.Message;
import io.lhttp.server.LhttpServer;
import io.lhttp.testing.TestClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The filters {@code auth} and {@code hooks} agree about a connection's user. */
class HooksBehindAuthTest {
  private static final String KEY = "mias-key-of-16-characters";

  private static final String REFUSAL =
      "{\"allow\":false,\"reason\":\"who are you?\",\"close\":4401}";

  private final LinkedBlockingQueue<String> asked = new LinkedBlockingQueue<>();
  @TempDir private Path folder;

  /** A part of each question that is not refused. */
  private volatile String onlyFor = "";

  private volatile String answer = "{\"allow\":true}";
  private final HttpServer backend;

  HooksBehindAuthTest() throws IOException {
    backend = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
  }

  @BeforeEach
  void begin() {
    backend.createContext(
        "/",
        exchange -> {
          asked.add(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
          var allows = String.valueOf(asked.peek()).contains(onlyFor);
          var bytes = (allows ? answer : REFUSAL).getBytes(UTF_8);
          exchange.sendResponseHeaders(200, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    backend.start();
  }

  @AfterEach
  void end() {
    backend.stop(0);
  }

  private HooksFilter hooks() {
    var to = "http://127.0.0.1:" + backend.getAddress().getPort() + "/";
    return new HooksFilter(HooksOptions.builder(to, Hook.CONNECT).build());
  }

  private static AuthOptions.Builder auth(boolean anonymous) {
    return AuthOptions.builder().apiKey("mia", KEY).anonymous(anonymous);
  }

  private ChainSpec chain(AuthOptions auth) {
    return new ChainSpec(
        List.of(
            FilterSpec.of("auth", new AuthFilter(auth)),
            FilterSpec.of("hooks", hooks()),
            FilterSpec.of("pubsub", new PubSubFilter())),
        List.of());
  }

  /** A user of the backend stays after a change of the claims, and after a reload of auth. */
  @Test
  void userOfTheBackend_canStillBeDisconnectedByName() throws Exception {
    answer = "{\"allow\":true,\"user\":\"tom\"}";
    try (var server = start(auth(true).build());
        var tom = TestClient.connect(server.uri())) {
      tom.subscribe("news");
      var control = server.control();

      var refresh = new Refresh(Optional.of(Map.of("cook", true)), Optional.empty());
      assertThat(
              control
                  .refresh(Target.user("tom"), refresh)
                  .toCompletableFuture()
                  .get(60, TimeUnit.SECONDS)
                  .changed())
          .isEqualTo(1);
      tom.request(Message.builder("x").header("subscribe", "news").header("ack", "true").build());
      assertThat(user(server)).isEqualTo("tom");

      server.swap(chain(auth(true).grace(Duration.ofSeconds(7)).build()));
      tom.request(Message.builder("x").header("subscribe", "news").header("ack", "true").build());
      assertThat(user(server)).isEqualTo("tom");

      assertThat(
              control
                  .disconnect(Target.user("tom"), io.lhttp.CloseStatus.FORBIDDEN)
                  .toCompletableFuture()
                  .get(60, TimeUnit.SECONDS)
                  .changed())
          .isEqualTo(1);
      assertThat(tom.closed().code()).isEqualTo(4403);
      assertThat(asked).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void loginByMessage_isAskedAboutWithItsUser(boolean anonymous) throws Exception {
    answer = "{\"allow\":true,\"subscribe\":[\"kitchen\"]}";
    try (var server = start(auth(anonymous).build());
        var mia = TestClient.connect(server.uri())) {
      mia.request(
          Message.builder("authorize")
              .header("authorization", "Bearer " + KEY)
              .header("ack", "true")
              .build());
      mia.request(Message.builder("x").header("subscribe", "news").header("ack", "true").build());

      assertThat(user(server)).isEqualTo("mia");
      assertThat(asked).hasSize(1);
      assertThat(asked.peek()).contains("\"user\":\"mia\"");
    }
  }

  @Test
  void firstMessageWithoutToken_isAskedAboutAsAnonymous() throws Exception {
    answer = "{\"allow\":false,\"reason\":\"who are you?\",\"close\":4401}";
    try (var server = start(auth(true).build());
        var client = TestClient.connect(server.uri())) {
      client.send(Message.builder("say").header("publish", "news").build());

      assertThat(client.closed().reason()).isEqualTo("who are you?");
      assertThat(asked.take()).contains("\"user\":\"\"");
    }
  }

  /** A message that auth refuses does not come to hooks, and the next token is asked about. */
  @Test
  void messageBeforeNeededLogin_isNotAskedAbout() throws Exception {
    try (var server = start(auth(false).build());
        var mia = TestClient.connect(server.uri())) {
      var refused = mia.request(Message.of("x", ""));
      assertThat(refused.header("status")).contains("401");
      assertThat(asked).isEmpty();

      mia.request(
          Message.builder("authorize")
              .header("authorization", "Bearer " + KEY)
              .header("ack", "true")
              .build());
      assertThat(asked.take()).contains("\"user\":\"mia\"");
    }
  }

  /** The client for JavaScript sends its token in a message, as browsers set no headers. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void clientForJavaScript_logsInBeforeTheQuestion(boolean anonymous) throws Exception {
    answer = "{\"allow\":true}";
    onlyFor = "\"user\":\"mia\"";
    try (var server = start(auth(anonymous).build())) {
      var script =
          Files.writeString(
              folder.resolve("client.mjs"),
              """
              const { connect } = await import(process.env.CLIENT);
              const connection = connect(process.env.LHTTP_URL, { token: process.env.TOKEN });
              connection.on("close", (why) => console.log("closed", JSON.stringify(why)));
              await connection.subscribe("news", () => {}).ready;
              console.log("joined");
              process.exit(0);
              """);
      var builder =
          new ProcessBuilder("node", "--experimental-websocket", script.toString())
              .redirectErrorStream(true);
      builder
          .environment()
          .putAll(
              Map.of(
                  "CLIENT",
                  AppProcess.HOME.resolve("clients/js/lhttp.js").toUri().toString(),
                  "LHTTP_URL",
                  server.uri().toString(),
                  "TOKEN",
                  KEY));
      Process client;
      try {
        client = builder.start();
      } catch (IOException e) {
        assumeTrue(false, "missing program: node");
        throw e;
      }
      var output = new String(client.getInputStream().readAllBytes(), UTF_8);

      assertThat(client.waitFor()).as(output).isZero();
      assertThat(output).contains("joined");
      assertThat(asked).hasSize(1);
      assertThat(asked.peek()).contains("\"user\":\"mia\"");
    }
  }

  private static String user(LhttpServer server) throws Exception {
    return server
        .control()
        .connections(Optional.empty(), 10)
        .toCompletableFuture()
        .get(60, TimeUnit.SECONDS)
        .connections()
        .getFirst()
        .user();
  }

  private LhttpServer start(AuthOptions auth) throws Exception {
    return LhttpServer.builder()
        .port(0)
        .filter("auth", new AuthFilter(auth))
        .filter("hooks", hooks())
        .filter("pubsub", new PubSubFilter())
        .start();
  }
}
