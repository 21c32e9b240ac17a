package io.lhttp.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

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
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The filters {@code auth} and {@code hooks} agree about a connection's user. */
class HooksBehindAuthTest {
  private static final String KEY = "mias-key-of-16-characters";

  private final LinkedBlockingQueue<String> asked = new LinkedBlockingQueue<>();
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
          var bytes = answer.getBytes(UTF_8);
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
