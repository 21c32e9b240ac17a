package io.lhttp.filters.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Metric;
import io.lhttp.control.Changes;
import io.lhttp.control.Connections;
import io.lhttp.control.Refresh;
import io.lhttp.control.Target;
import io.lhttp.filters.auth.AuthOptions.Action;
import io.lhttp.filters.auth.AuthOptions.Jwt;
import io.lhttp.filters.auth.AuthOptions.Permission;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.message.Message;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.Limits;
import io.lhttp.server.internal.lifecycle.ServerInternals;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.LhttpServerExtension;
import io.lhttp.testing.TestClient;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A server with the filter {@code auth} takes tokens from handshakes, messages and HTTP, over
 * sockets and in real time.
 */
class AuthServerTest {
  private static final AuthOptions OPTIONS =
      AuthOptions.builder()
          .jwt(Jwt.of(Forge.SECRET))
          .grace(Duration.ofMillis(300))
          .permissions(Permission.of("news"), Permission.of("user:${user}", Action.SUBSCRIBE))
          .build();

  private final AuthFilter filter = new AuthFilter(OPTIONS);

  /** The claims of the last message's sender. */
  private final AtomicReference<Map<String, Object>> claims = new AtomicReference<>(Map.of());

  @RegisterExtension
  final LhttpServerExtension server =
      new LhttpServerExtension(builder ->
          builder
              .limits(Limits.builder().handshakesPerAddress(5).build())
              .filter("auth", filter)
              .filter("pubsub", new PubSubFilter())
              .processor(
                  "echo",
                  exchange -> {
                    claims.set(exchange.connection().principal().claims());
                    exchange.send("");
                  }));

  @Test
  void tokenExpiry_duringSubscription_closesConnection() {
    var subscriber = server.connect();
    var exp = Clock.systemUTC().instant().plusSeconds(2).getEpochSecond();
    subscriber.send(
        Message.builder("enter")
            .header("authorization", Forge.token("{\"sub\":\"jack\",\"exp\":" + exp + "}"))
            .header("subscribe", "news")
            .header("ack", "true")
            .build());
    assertThat(subscriber.receive().header("status")).contains("200");
    assertThat(subscriber.closed().code()).isEqualTo(4401);
    assertThat(Clock.systemUTC().instant()).isAfterOrEqualTo(java.time.Instant.ofEpochSecond(exp));
    Eventually.holds(
        "the connection is gone",
        () -> ServerInternals.of(server.server()).counters().connections() == 0);
  }

  @Test
  void refresh_laterEnd_keepsConnectionBeyondItsToken() throws Exception {
    var client = server.connect();
    var exp = Clock.systemUTC().instant().plusSeconds(2).getEpochSecond();
    var token = Forge.token("{\"sub\":\"jack\",\"exp\":" + exp + "}");
    login(client, token);

    var changes =
        refresh(
            new Refresh(
                Optional.empty(), Optional.of(Clock.systemUTC().instant().plusSeconds(60))));

    assertThat(changes.changed()).isEqualTo(1);
    Eventually.holds(
        "the token and its grace are over",
        () -> Clock.systemUTC().instant().isAfter(Instant.ofEpochSecond(exp + 1)));
    assertThat(client.request(Message.of("echo", "")).headers().has("token-expires")).isFalse();
    login(client, token); // the same token again changes nothing
  }

  @Test
  void refresh_earlierEnd_closesConnection() throws Exception {
    var client = server.connect();
    login(client, Forge.token("{\"sub\":\"jack\"}"));

    refresh(new Refresh(Optional.empty(), Optional.of(Clock.systemUTC().instant())));

    assertThat(client.closed().code()).isEqualTo(4401);
  }

  @Test
  void refresh_thenAnotherToken_followsTheToken() throws Exception {
    var client = server.connect();
    login(client, Forge.token("{\"sub\":\"jack\"}"));
    refresh(
        new Refresh(
            Optional.of(Map.of("role", "admin")),
            Optional.of(Clock.systemUTC().instant().plusSeconds(3_600))));
    client.request(Message.of("echo", ""));
    assertThat(claims.get()).containsEntry("role", "admin").doesNotContainKey("n");

    login(client, Forge.token("{\"sub\":\"jack\",\"n\":1}"));

    assertThat(claims.get()).containsKey("n").doesNotContainKey("role");
  }

  @Test
  void refresh_thenSameTokenInAnotherSpelling_staysRefreshed() throws Exception {
    var client = server.connect();
    var token = Forge.token("{\"sub\":\"jack\",\"role\":\"admin\"}");
    login(client, token);
    refresh(new Refresh(Optional.of(Map.of("role", "guest")), Optional.empty()));

    login(client, Forge.respelled(token));

    assertThat(claims.get()).containsEntry("role", "guest");
  }

  @Test
  void refresh_ofAnonymousConnection_isRefused() throws Exception {
    try (var open = LhttpServer.builder().host("127.0.0.1").port(0).start()) {
      var client = TestClient.connect(open.uri());
      Eventually.holds("the connection is open", () -> open.statistics().connections() == 1);
      var id = connections(open).getFirst().id();

      var changes =
          open.control()
              .refresh(Target.connection(id), new Refresh(Optional.empty(), Optional.empty()))
              .toCompletableFuture()
              .get(60, TimeUnit.SECONDS);

      assertThat(changes.changed()).isZero();
      assertThat(changes.refusals()).extracting(r -> r.why().status()).containsExactly(401);
      client.close();
    }
  }

  private static List<Connections.Item> connections(LhttpServer server) throws Exception {
    return server
        .control()
        .connections(Optional.empty(), 1)
        .toCompletableFuture()
        .get(60, TimeUnit.SECONDS)
        .connections();
  }

  private static void login(TestClient client, String token) {
    var reply =
        client.request(Message.builder("echo").header("authorization", "Bearer " + token).build());
    assertThat(reply.headers().has("status")).isFalse();
  }

  private Changes refresh(Refresh refresh) throws Exception {
    return server
        .server()
        .control()
        .refresh(Target.user("jack"), refresh)
        .toCompletableFuture()
        .get(60, TimeUnit.SECONDS);
  }

  @Test
  void tokenInSubprotocol_acceptsHandshakeAsLhttp() {
    var token = Forge.token("{\"sub\":\"jack\"}");
    try (var http = webSockets()) {
      var socket =
          http.newWebSocketBuilder()
              .subprotocols("lhttp", "bearer." + token)
              .buildAsync(server.uri(), new WebSocket.Listener() {})
              .join();
      assertThat(socket.getSubprotocol()).isEqualTo("lhttp");
      socket.abort();
    }
  }

  @Test
  void message_withTokenOfElevenKilobytes_isAccepted() {
    var client = server.connect();
    var message = Message.builder("echo").header("authorization", "Bearer " + longToken());
    assertThat(client.request(message.build()).headers().has("status")).isFalse();
    assertThat(accepted()).isEqualTo(1);
  }

  /** A token with two hundred groups, as directories write them into tokens. */
  private static String longToken() {
    var groups =
        IntStream.range(0, 200)
            .mapToObj("\"%038d\""::formatted)
            .collect(Collectors.joining(",", "[", "]"));
    var token = Forge.token("{\"sub\":\"jack\",\"groups\":" + groups + "}");
    assertThat(token.length()).isGreaterThan(11_000);
    return token;
  }

  @ParameterizedTest
  @ValueSource(strings = {"Authorization", "Sec-WebSocket-Protocol"})
  void handshake_withTokenOfElevenKilobytes_isAccepted(String header) {
    var token = longToken();
    try (var http = webSockets()) {
      var builder = http.newWebSocketBuilder();
      if (header.equals("Authorization")) {
        builder.header(header, "Bearer " + token);
      } else {
        builder.subprotocols("lhttp", "bearer." + token);
      }
      builder.buildAsync(server.uri(), new WebSocket.Listener() {}).join().abort();
      Eventually.holds("the token was taken", () -> accepted() > 0);
    }
  }

  @Test
  void publishOverHttp_answersStatusOfPermission() throws Exception {
    var message = "LHTTP/1.0 say\r\npublish:%s\r\n\r\nhello";
    var token = Forge.token("{\"sub\":\"jack\"}");
    assertThat(post(message.formatted("news"), Optional.of(token))).isEqualTo(200);
    assertThat(post(message.formatted("user:jack"), Optional.of(token))).isEqualTo(403);
    assertThat(post(message.formatted("news"), Optional.empty())).isEqualTo(401);
    assertThat(post(message.formatted("news"), Optional.of(token + "x"))).isEqualTo(401);
  }

  @Test
  void handshakes_beyondLimitOfAddress_areRefused() {
    for (var i = 0; i < 10; i++) {
      server.connect();
    }
    try (var http = webSockets()) {
      assertThat(refusal(http)).isEqualTo(429);
    }
    assertThat(ServerInternals.of(server.server()).counters().rejected()).isPositive();
  }

  private double accepted() {
    return filter.metrics().stream()
        .filter(measure -> measure.name().equals("auth_accepted"))
        .mapToDouble(Metric::value)
        .sum();
  }

  private int refusal(HttpClient http) {
    for (var i = 0; i < 100; i++) {
      try {
        http.newWebSocketBuilder()
            .buildAsync(server.uri(), new WebSocket.Listener() {})
            .join()
            .abort();
      } catch (CompletionException e) {
        return e.getCause() instanceof WebSocketHandshakeException refused
            ? refused.getResponse().statusCode()
            : 0;
      }
    }
    return 101;
  }

  /**
   * Returns a client that runs tasks on its selector's thread, because the JDK's WebSocket (25.0)
   * otherwise loses the end of a connection right after a message.
   */
  private static HttpClient webSockets() {
    return HttpClient.newBuilder().executor(Runnable::run).build();
  }

  private int post(String message, Optional<String> token) throws Exception {
    var uri = URI.create("http://127.0.0.1:%d/publish".formatted(server.server().port()));
    var request = HttpRequest.newBuilder(uri).POST(HttpRequest.BodyPublishers.ofString(message));
    token.ifPresent(t -> request.header("Authorization", "Bearer " + t));
    try (var http = HttpClient.newHttpClient()) {
      return http.send(request.build(), BodyHandlers.discarding()).statusCode();
    }
  }
}
