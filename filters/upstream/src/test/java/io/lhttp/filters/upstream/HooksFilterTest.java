package io.lhttp.filters.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.CloseStatus;
import io.lhttp.Connection;
import io.lhttp.Handshake;
import io.lhttp.Outcome;
import io.lhttp.Principal;
import io.lhttp.RefusedException;
import io.lhttp.control.AwaitedLogin;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.filters.upstream.HooksOptions.Hook;
import io.lhttp.message.Message;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.RecordingConnection;
import io.lhttp.testing.TestChain;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The filter {@code hooks} does what a backend answers, and refuses without a clear answer. */
class HooksFilterTest {
  private final HookBackends backend = new HookBackends();

  private TestChain chain(Hook... on) {
    return chain(backend.filter(on));
  }

  private static TestChain chain(HooksFilter filter) {
    return TestChain.builder().filter("hooks", filter).filter("pubsub", new PubSubFilter()).build();
  }

  private static Message subscribe(String... channels) {
    return Message.builder("x").header("subscribe", String.join(" ", channels)).build();
  }

  private static Message publish(String channel, String body) {
    return Message.builder("say").header("publish", channel).body(body).build();
  }

  private static Outcome.Refused refused(TestChain.Result result) {
    assertThat(result.outcome()).isInstanceOf(Outcome.Refused.class);
    return (Outcome.Refused) result.outcome();
  }

  // --- connect

  @Test
  void connect_setsUserClaimsAndChannels() {
    backend.answer(
        """
        {"allow":true,"user":"mia","claims":{"roles":["cook"],"age":7},"subscribe":["kitchen"]}
        """);
    try (var chain = chain(Hook.CONNECT)) {
      var mia = chain.connect("c1");

      assertThat(mia.principal())
          .isEqualTo(new Principal("mia", Map.of("roles", List.of("cook"), "age", 7L)));
      assertThat(mia.channels()).containsExactly("kitchen");
      assertThat(mia.closed()).isEmpty();
      assertThat(chain.send(mia, subscribe("b")).outcome()).isInstanceOf(Outcome.Done.class);
      assertThat(backend.asked).hasSize(1);
    }
  }

  @Test
  void connectQuestion_hasHandshake() {
    var handshake =
        new Handshake(
            new InetSocketAddress("192.0.2.7", 1),
            "/ws?token=1",
            Map.of("cookie", List.of("a=1"), "x-secret", List.of("s"), "origin", List.of("o")));
    try (var chain = chain(Hook.CONNECT)) {
      assertThat(chain.open(new RecordingConnection("c1", handshake))).isTrue();

      assertThat(backend.asked)
          .containsExactly(
              "{\"hook\":\"connect\",\"connection\":\"c1\",\"user\":\"\",\"address\":\"192.0.2.7\","
                  + "\"path\":\"/ws?token=1\",\"headers\":{\"cookie\":\"a=1\",\"origin\":\"o\"}}");
      assertThat(backend.headers.getFirst().get("lhttp-command")).containsExactly("connect");
    }
  }

  @Test
  void refusedConnect_closesWithReason() {
    backend.answer("{\"allow\":false,\"reason\":\"not today\",\"close\":4003}");
    try (var chain = chain(Hook.CONNECT)) {
      var mia = chain.connect("c1");

      assertThat(mia.closed()).contains(new CloseStatus(4003, "not today"));
      assertThat(chain.send(mia, subscribe("a")).outcome()).isInstanceOf(Outcome.Closed.class);
      assertThat(backend.asked).hasSize(1);
    }
  }

  @Test
  void refusedConnectWithLongReason_closesWithItsBeginning() {
    backend.answer("{\"allow\":false,\"reason\":\"" + "ä".repeat(200) + "\"}");
    try (var chain = chain(Hook.CONNECT)) {
      assertThat(chain.connect("c1").closed())
          .contains(CloseStatus.FORBIDDEN.because("ä".repeat(61)));
    }
  }

  @Test
  void connectWithoutAnswer_closes() {
    backend.answer("broken");
    try (var chain = chain(Hook.CONNECT)) {
      var mia = chain.connect("c1");

      assertThat(mia.closed()).contains(CloseStatus.BUSY.because("the upstream failed"));
      assertThat(mia.channels()).isEmpty();
    }
  }

  /** A client that may log in by a message, and sends none, is not let off the question. */
  @Test
  void connectOfSilentClient_isAskedLater() {
    backend.answer("{\"allow\":false,\"reason\":\"who are you?\"}");
    try (var chain = chain(Hook.CONNECT)) {
      var silent = awaited(chain, false);
      assertThat(backend.asked).isEmpty();

      backend.running().getFirst().task.run();

      Eventually.holds("closed", () -> silent.closed().isPresent());
      assertThat(silent.closed()).contains(CloseStatus.FORBIDDEN.because("who are you?"));
    }
  }

  @Test
  void connectOfSilentClientWithoutAnswer_closes() {
    backend.answer("broken");
    try (var chain = chain(Hook.CONNECT)) {
      var silent = awaited(chain, false);

      backend.running().getFirst().task.run();

      Eventually.holds("closed", () -> silent.closed().isPresent());
      assertThat(silent.closed()).contains(CloseStatus.BUSY.because("the upstream failed"));
    }
  }

  /** The filter that needs the login closes the connection without one. */
  @Test
  void connectOfSilentClientThatNeedsLogin_waits() {
    try (var chain = chain(Hook.CONNECT)) {
      var silent = awaited(chain, true);
      var first = backend.running().getFirst();

      first.task.run();

      Eventually.holds("another timer", () -> !backend.running().contains(first));
      assertThat(backend.running()).hasSize(1);
      assertThat(backend.asked).isEmpty();
      chain.send(silent, Message.of("x", ""));
      assertThat(backend.asked).hasSize(1);
      assertThat(backend.running()).isEmpty();
    }
  }

  private static RecordingConnection awaited(TestChain chain, boolean needed) {
    var connection =
        new RecordingConnection(
            "c1", new Handshake(new InetSocketAddress("192.0.2.7", 1), "/", Map.of()));
    connection.attributes().set(AwaitedLogin.KEY, new AwaitedLogin(needed));
    assertThat(chain.open(connection)).isTrue();
    return connection;
  }

  @Test
  void openConnection_isAskedAboutOnceAfterReload() throws Exception {
    try (var chain = TestChain.builder().build()) {
      var mia = chain.connect("c1");
      backend.answer("{\"allow\":true,\"user\":\"mia\"}");
      chain.swap(TestChain.builder().filter("hooks", backend.filter(Hook.CONNECT)));
      chain.review(mia);
      assertThat(mia.principal().name()).isEqualTo("mia");

      chain.swap(TestChain.builder().filter("hooks", backend.filter(Hook.CONNECT)));
      chain.review(mia);
      assertThat(backend.asked).hasSize(1);
    }
  }

  @Test
  void openConnectionWithoutAnswer_staysAndMayNotSend() throws Exception {
    try (var chain = TestChain.builder().build()) {
      var mia = chain.connect("c1");
      backend.answer("broken");
      chain.swap(TestChain.builder().filter("hooks", backend.filter(Hook.CONNECT)));
      chain.review(mia);

      assertThat(mia.closed()).isEmpty();
      assertThat(refused(chain.send(mia, Message.of("x", ""))).status()).isEqualTo(502);
      backend.answer("{\"allow\":true}");
      chain.review(mia);
      assertThat(refused(chain.send(mia, Message.of("x", ""))).status()).isEqualTo(404);
    }
  }

  @Test
  void messageOverHttp_isAskedAboutAsConnection() {
    backend.answer("{\"allow\":false,\"reason\":\"who are you?\"}");
    try (var chain = chain(Hook.CONNECT)) {
      var single =
          RecordingConnection.single(
              "c1", new Handshake(new InetSocketAddress("192.0.2.7", 1), "/publish", Map.of()));

      assertThat(chain.send(single, publish("a", "b")).outcome())
          .isEqualTo(Outcome.closed(CloseStatus.FORBIDDEN.because("who are you?")));
      assertThat(chain.mayBlock(publish("a", "b"))).isTrue();
    }
  }

  // --- subscribe, publish, message

  @Test
  void subscribe_asksAboutMatchingChannels() {
    var options = HooksOptions.builder(HookBackends.URL, Hook.SUBSCRIBE).channels("room-*").build();
    try (var chain = chain(backend.filter(options))) {
      var mia = chain.connect("c1");
      chain.send(mia, subscribe("open", "room-1", "room-2", "room-1"));
      chain.send(mia, subscribe("open2"));

      assertThat(backend.asked).hasSize(1);
      assertThat(backend.asked.getFirst()).endsWith("\"channels\":[\"room-1\",\"room-2\"]}");
      assertThat(mia.channels()).containsExactlyInAnyOrder("open", "open2", "room-1", "room-2");
      assertThat(chain.mayBlock(subscribe("open"))).isFalse();
    }
  }

  @Test
  void refusedSubscribe_joinsNothing() {
    backend.answer("{\"allow\":false,\"status\":409,\"reason\":\"full\",\"retry-after\":7}");
    try (var chain = chain(Hook.SUBSCRIBE)) {
      var mia = chain.connect("c1");

      assertThat(refused(chain.send(mia, subscribe("a"))))
          .isEqualTo(Outcome.refused(409, "full").retryAfter(Duration.ofSeconds(7)));
      assertThat(mia.channels()).isEmpty();
    }
  }

  @Test
  void publish_changesBodyAndHeaders() {
    backend.answer(
        """
        {"allow":true,"body":"soup","headers":{"from":"mia","x":null}}
        """);
    try (var chain = chain(Hook.PUBLISH)) {
      var result =
          chain.send(
              chain.connect("c1"),
              Message.builder("say")
                  .header("publish", "kitchen")
                  .header("x", "1")
                  .header("from", "eve")
                  .body("stew")
                  .build());

      var published = result.published().getFirst().message();
      assertThat(published.body()).isEqualTo("soup");
      assertThat(published.headers().words("from")).containsExactly("mia");
      assertThat(published.headers().has("x")).isFalse();
      assertThat(backend.asked.getFirst())
          .endsWith(
              "\"command\":\"say\",\"channels\":[\"kitchen\"],\"headers\":{},\"body\":\"stew\"}");
    }
  }

  @ParameterizedTest
  @CsvSource({"'{\"n\":[1,2.50,null]}', '{\"n\":[1,2.50,null]}'", "12345678901234567890, same"})
  void changedJson_keepsItsDigits(String json, String expected) {
    backend.answer("{\"allow\":true,\"json\":" + json + "}");
    try (var chain = chain(Hook.PUBLISH)) {
      var result = chain.send(chain.connect("c1"), publish("a", "b"));

      assertThat(result.published().getFirst().message().body())
          .isEqualTo(expected.equals("same") ? json : expected);
    }
  }

  @Test
  void changedBytes_makeBinaryMessage() {
    backend.answer("{\"allow\":true,\"base64\":\"/wA=\"}");
    try (var chain = chain(Hook.PUBLISH)) {
      var published =
          chain.send(chain.connect("c1"), publish("a", "b")).published().getFirst().message();

      assertThat(published.bodyBytes()).containsExactly(-1, 0);
      assertThat(published.format()).isEqualTo(Message.Format.BINARY);
    }
  }

  @Test
  void message_isAskedAboutForItsCommandsAlone() {
    var options =
        HooksOptions.builder(HookBackends.URL, Hook.MESSAGE)
            .commands("order")
            .headers("authorization", "content-type")
            .build();
    backend.answer("{\"allow\":false}");
    try (var chain = chain(backend.filter(options))) {
      var mia = chain.connect("c1");
      chain.send(mia, Message.of("other", ""));
      var order =
          Message.builder("order")
              .header("content-type", "text/x")
              .header("authorization", "Bearer t")
              .header("traceparent", "00-1")
              .body(new byte[] {-1})
              .build();

      assertThat(refused(chain.send(mia, order))).isEqualTo(Outcome.refused(403, "refused"));
      assertThat(backend.asked).hasSize(1);
      assertThat(backend.asked.getFirst())
          .endsWith(
              "\"command\":\"order\",\"headers\":{\"content-type\":\"text/x\"},\"base64\":\"/w==\"}");
      assertThat(backend.headers.getFirst().get("traceparent")).containsExactly("00-1");
      assertThat(backend.headers.getFirst()).doesNotContainKey("authorization");
    }
  }

  // --- refresh

  @Test
  void refresh_prolongs() {
    backend.answer("{\"allow\":true,\"expires-in\":100}");
    try (var chain = chain(Hook.CONNECT, Hook.REFRESH)) {
      var mia = chain.connect("c1");
      assertThat(backend.running()).hasSize(1);
      assertThat(backend.running().getFirst().delay).isEqualTo(Duration.ofSeconds(80));
      var first = backend.running().getFirst();

      backend.clock.advance(Duration.ofSeconds(80));
      mia.elapse(Duration.ofSeconds(80));
      first.task.run();
      Eventually.holds("asked again", () -> backend.timers.size() == 2);
      mia.elapse(Duration.ofSeconds(70));

      assertThat(backend.asked.getLast()).startsWith("{\"hook\":\"refresh\",\"connection\":\"c1\"");
      assertThat(mia.closed()).isEmpty();
      mia.elapse(Duration.ofSeconds(30));
      assertThat(mia.closed()).contains(CloseStatus.UNAUTHENTICATED.because("expired"));
    }
  }

  @Test
  void refusedRefresh_closes() {
    backend.answer("{\"allow\":true,\"expires-in\":100}");
    try (var chain = chain(Hook.CONNECT, Hook.REFRESH)) {
      var mia = chain.connect("c1");
      backend.answer("{\"allow\":false,\"reason\":\"enough\"}");
      backend.running().getFirst().task.run();

      Eventually.holds("closed", () -> mia.closed().isPresent());
      assertThat(mia.closed()).contains(CloseStatus.FORBIDDEN.because("enough"));
    }
  }

  @Test
  void refreshWithoutAnswer_asksAgainUntilTheEnd() {
    backend.answer("{\"allow\":true,\"expires-in\":100}");
    try (var chain = chain(Hook.CONNECT, Hook.REFRESH)) {
      var mia = chain.connect("c1");
      backend.answer("broken");
      backend.running().getFirst().task.run();
      Eventually.holds("another attempt", () -> backend.timers.size() == 2);
      mia.elapse(Duration.ofSeconds(100));

      assertThat(mia.closed()).contains(CloseStatus.UNAUTHENTICATED.because("expired"));
    }
  }

  /** A client can fill its channels, so that the answer's channels are refused. */
  @Test
  void refreshWhoseChannelsAreRefused_asksAgainUntilTheEnd() throws Exception {
    backend.answer("{\"allow\":true,\"expires-in\":100}");
    var mia = new RecordingConnection("c1");
    backend.filter(Hook.CONNECT, Hook.REFRESH).onOpen(full(mia));
    backend.answer("{\"allow\":true,\"subscribe\":[\"a\"],\"expires-in\":1000}");
    backend.running().getFirst().task.run();

    Eventually.holds("another attempt", () -> backend.timers.size() == 2);
    assertThat(backend.running()).contains(backend.timers.getLast());
    mia.elapse(Duration.ofSeconds(100));
    assertThat(mia.closed()).contains(CloseStatus.UNAUTHENTICATED.because("expired"));
  }

  /** Returns a view of a connection that has all the channels that it may have. */
  private static Connection full(Connection connection) {
    return (Connection)
        Proxy.newProxyInstance(
            HooksFilterTest.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("subscribe")) {
                throw new RefusedException(409, "no more channels");
              }
              return method.invoke(connection, arguments);
            });
  }

  @Test
  void expiryWithoutRefresh_closes() {
    backend.answer("{\"allow\":true,\"expires-in\":5}");
    try (var chain = chain(Hook.CONNECT)) {
      var mia = chain.connect("c1");
      mia.elapse(Duration.ofSeconds(5));

      assertThat(mia.closed()).contains(CloseStatus.UNAUTHENTICATED.because("expired"));
    }
  }

  @Test
  void reload_keepsExpiryAndTimers() throws Exception {
    backend.answer("{\"allow\":true,\"expires-in\":100}");
    try (var chain = chain(Hook.CONNECT, Hook.REFRESH)) {
      var mia = chain.connect("c1");
      backend.clock.advance(Duration.ofSeconds(50));
      chain.swap(TestChain.builder().filter("hooks", backend.filter(Hook.CONNECT, Hook.REFRESH)));

      assertThat(backend.running()).hasSize(1);
      assertThat(backend.running().getFirst().delay).isEqualTo(Duration.ofSeconds(40));

      chain.swap(TestChain.builder());
      assertThat(backend.running()).isEmpty();
      mia.elapse(Duration.ofDays(1));
      assertThat(mia.closed()).isEmpty();
    }
  }

  // --- broken answers

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "true",
        "[]",
        "{}",
        "{\"allow\":\"true\"}",
        "{\"allow\":1}",
        "{\"allow\":null}",
        "{\"allow\":true",
        "{\"allow\":true} x",
        "{\"allow\":true}{\"allow\":true}",
        "{\"allow\":false,\"allow\":true}",
        "{\"alow\":true}",
        "{\"allow\":true,\"usr\":\"a\"}",
        "{\"allow\":true,\"user\":\"\"}",
        "{\"allow\":true,\"user\":7}",
        "{\"allow\":true,\"user\":null}",
        "{\"allow\":true,\"user\":\"a\\nb\"}",
        "{\"allow\":true,\"user\":\"a\\ud800\"}",
        "{\"allow\":true,\"claims\":[]}",
        "{\"allow\":true,\"claims\":{\"a\":null}}",
        "{\"allow\":true,\"claims\":{\"a\":[null]}}",
        "{\"allow\":true,\"subscribe\":\"a\"}",
        "{\"allow\":true,\"subscribe\":[\"a b\"]}",
        "{\"allow\":true,\"subscribe\":[1]}",
        "{\"allow\":true,\"expires-in\":0}",
        "{\"allow\":true,\"expires-in\":1.5}",
        "{\"allow\":true,\"expires-in\":1e99}",
        "{\"allow\":true,\"expires-in\":99999999999999999999}",
        "{\"allow\":true,\"body\":\"a\"}",
        "{\"allow\":true,\"status\":200}",
        "{\"allow\":false,\"status\":200}",
        "{\"allow\":false,\"close\":1005}",
        "{\"allow\":false,\"reason\":7}",
        "{\"allow\":false,\"user\":\"a\"}",
        "<html>",
        "\ufeff{\"allow\":true}"
      })
  void brokenAnswer_refuses(String answer) {
    backend.answer(answer);
    try (var chain = chain(Hook.CONNECT)) {
      var mia = chain.connect("c1");

      assertThat(mia.closed()).contains(CloseStatus.BUSY.because("the upstream failed"));
      assertThat(mia.principal().anonymous()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"allow\":true,\"headers\":{\"a b\":\"x\"}}",
        "{\"allow\":true,\"headers\":{\"a\":\"x\\r\\npublish:b\"}}",
        "{\"allow\":true,\"headers\":{\"a\":1}}",
        "{\"allow\":true,\"base64\":\"*\"}",
        "{\"allow\":true,\"body\":\"a\",\"json\":1}",
        "{\"allow\":true,\"user\":\"root\"}"
      })
  void brokenChange_refusesPublication(String answer) {
    backend.answer(answer);
    try (var chain = chain(Hook.PUBLISH)) {
      var result = chain.send(chain.connect("c1"), publish("a", "b"));

      assertThat(refused(result)).isEqualTo(Outcome.refused(502, "the upstream failed"));
      assertThat(result.published()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {201, 202, 206, 301, 302, 307, 400, 401, 403, 404, 418, 500})
  void otherStatus_refuses(int status) {
    backend.status = status;
    backend.answerHeaders = Map.of("location", List.of("http://127.0.0.1:9/other"));
    try (var chain = chain(Hook.SUBSCRIBE)) {
      assertThat(refused(chain.send(chain.connect("c1"), subscribe("a"))))
          .isEqualTo(Outcome.refused(502, "the upstream failed"));
      assertThat(backend.asked).hasSize(1);
    }
  }

  @Test
  void status204_allows() {
    backend.status = 204;
    backend.answer("");
    try (var chain = chain(Hook.SUBSCRIBE)) {
      assertThat(chain.send(chain.connect("c1"), subscribe("a")).outcome())
          .isInstanceOf(Outcome.Done.class);
    }
  }

  @Test
  void deepAnswer_refuses() {
    backend.answer("{\"allow\":true,\"claims\":{\"a\":" + "[".repeat(900) + "]".repeat(900) + "}}");
    try (var chain = chain(Hook.CONNECT)) {
      assertThat(chain.connect("c1").closed()).isPresent();
    }
  }

  @Test
  void longAnswer_refuses() {
    backend.answer("{\"allow\":true}" + " ".repeat(70_000));
    try (var chain = chain(Hook.SUBSCRIBE)) {
      assertThat(refused(chain.send(chain.connect("c1"), subscribe("a"))).status()).isEqualTo(502);
    }
  }

  @Test
  void answerInOtherEncoding_refuses() {
    var json = "{\"allow\":true,\"headers\":{\"x\":\"\u00ff\"}}"; // the backend writes ISO 8859-1
    try (var raw =
            new RawBackend(
                _ -> "HTTP/1.1 200 OK\r\ncontent-length: " + json.length() + "\r\n\r\n" + json);
        var chain =
            chain(new HooksFilter(HooksOptions.builder(raw.url("/hooks"), Hook.PUBLISH).build()))) {
      assertThat(refused(chain.send(chain.connect("c1"), publish("a", "b"))).status())
          .isEqualTo(502);
    }
  }

  // --- options

  @Test
  void wrongOptions_areNamed() {
    assertThatThrownBy(() -> HooksOptions.builder(HookBackends.URL).build())
        .hasMessageContaining("'on' names at least one");
    assertThatThrownBy(() -> HooksOptions.builder(HookBackends.URL, Hook.MESSAGE).build())
        .hasMessageContaining("needs 'commands'");
    assertThatThrownBy(
            () -> HooksOptions.builder(HookBackends.URL, Hook.PUBLISH).commands("a").build())
        .hasMessageContaining("'commands' needs");
    assertThatThrownBy(() -> HooksOptions.builder(HookBackends.URL, Hook.REFRESH).build())
        .hasMessageContaining("'refresh' needs 'connect'");
    assertThatThrownBy(() -> HooksOptions.builder("https://*/", Hook.CONNECT).build())
        .hasMessageContaining("'to' is one URL");
  }
}
