package io.lhttp.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.lhttp.message.Message;
import io.lhttp.message.MessageReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpTimeoutException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The publisher posts messages and reports the server's answer. */
class PublisherTest {
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Posted(String path, String type, String authorization, byte[] body) {}

  private final LinkedBlockingQueue<Posted> posted = new LinkedBlockingQueue<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  private HttpServer server;
  private volatile int status = 200;
  private volatile String answer = "{\"channels\":2}";
  private volatile boolean answers = true;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(task -> new Thread(task).start());
    server.createContext("/", this::handle);
    server.start();
  }

  @AfterEach
  void stop() {
    ended.countDown();
    server.stop(0);
  }

  @Test
  void publish_postsMessageAndReturnsCountOfChannels() throws Exception {
    try (var publisher = publisher().token("t0ken").build()) {
      var channels =
          publisher.publish(List.of("a", "b"), "chat", Map.of("x", "1"), "hello\r\n: grüße");

      assertThat(channels).isEqualTo(2);
    }
    var request = posted.take();
    assertThat(request.path).isEqualTo("/publish");
    assertThat(request.type).startsWith("text/plain");
    assertThat(request.authorization).isEqualTo("Bearer t0ken");
    assertThat(MessageReader.DEFAULT.read(request.body, Message.Format.TEXT))
        .isEqualTo(
            Message.builder("chat")
                .header("publish", "a b")
                .header("x", "1")
                .body("hello\r\n: grüße")
                .build());
  }

  @Test
  void tokenSource_getsRefusal_andItsExceptionReachesCaller() throws Exception {
    var tokens = new ArrayDeque<>(List.of("old", "new"));
    var refusals = new ArrayList<Boolean>();
    TokenSource source =
        refused -> {
          refusals.add(refused);
          if (tokens.isEmpty()) {
            throw new GeneralSecurityException("the keys are away");
          }
          return tokens.remove();
        };
    var message = Message.builder("chat").header("publish", "a").build();
    try (var publisher = publisher().token(source).build()) {
      status = 401;
      assertThatThrownBy(() -> publisher.publish(message))
          .isInstanceOf(RequestRefusedException.class);
      status = 200;
      publisher.publish(message);

      assertThatThrownBy(() -> publisher.publish(message))
          .isInstanceOf(IOException.class)
          .hasRootCauseInstanceOf(GeneralSecurityException.class);
    }
    assertThat(posted.take().authorization).isEqualTo("Bearer old");
    assertThat(posted.take().authorization).isEqualTo("Bearer new");
    assertThat(refusals).containsExactly(false, true, false);
  }

  @Test
  void publish_withAMessageId_namesOneSession() throws Exception {
    var message = Message.builder("chat").header("publish", "a").header("message-id", "m1").build();
    try (var publisher = publisher().build()) {
      publisher.publish(message);
      publisher.publish(message);
    }
    var first = MessageReader.DEFAULT.read(posted.take().body, Message.Format.TEXT);
    var second = MessageReader.DEFAULT.read(posted.take().body, Message.Format.TEXT);
    assertThat(first.header("presence-session")).isPresent();
    assertThat(second).isEqualTo(first);
  }

  @Test
  void publish_binary_saysSo() throws Exception {
    var message =
        Message.builder("image").header("publish", "a").body(new byte[] {(byte) 0xff}).build();
    try (var publisher = publisher().build()) {
      publisher.publish(message);
    }

    var request = posted.take();
    assertThat(request.type).isEqualTo("application/octet-stream");
    assertThat(request.body).isEqualTo(message.toBytes());
  }

  @Test
  void refusal_hasStatusErrorAndPause() {
    status = 422;
    answer = "{\"status\":422,\"error\":\"no \\\"shouting\\\" \\u0041\\u00fc\\\\\"}";

    var refusal = refusal();

    assertThat(refusal.status()).isEqualTo(422);
    assertThat(refusal.error()).isEqualTo("no \"shouting\" Aü\\");
    assertThat(refusal.retryAfter()).contains(Duration.ofSeconds(3));
  }

  @Test
  void refusal_byProxy_hasStatusOfProxy() {
    status = 502;
    answer = "<html>bad gateway</html>";

    assertThat(refusal().status()).isEqualTo(502);
    assertThat(refusal().error()).isEmpty();
  }

  @Test
  void answerOfAnotherServer_isAnError() {
    answer = "welcome";
    assertFails(IOException.class, "did not answer as an LHTTP server");
    status = 302;
    assertFails(IOException.class, "302");
  }

  @Test
  void endlessAnswer_isNotRead() {
    answer = "x".repeat(100_000);

    assertFails(IOException.class, "failed");
  }

  @Test
  void noAnswer_timesOut() {
    answers = false;

    assertFails(HttpTimeoutException.class, "PT0.2S", Duration.ofMillis(200));
  }

  @Test
  void messageWithoutChannel_isRefusedHere() {
    try (var publisher = publisher().build()) {
      assertThatThrownBy(() -> publisher.publish(Message.of("chat", "hello")))
          .hasMessageContaining("'publish'");
      assertThatThrownBy(() -> publisher.publish(List.of("a b"), "chat", Map.of(), "hello"))
          .hasMessageContaining("'a b'");
    }
  }

  @Test
  void addressWithoutHttp_isRefused() {
    assertThatThrownBy(() -> LhttpPublisher.builder(URI.create("ws://localhost/publish")))
        .hasMessageContaining("ws://localhost/publish");
  }

  private RequestRefusedException refusal() {
    try (var publisher = publisher().build()) {
      return catchThrowableOfType(
          RequestRefusedException.class,
          () -> publisher.publish(List.of("a"), "chat", Map.of(), "HELLO"));
    }
  }

  private void assertFails(Class<? extends Exception> type, String words) {
    assertFails(type, words, Duration.ofSeconds(30));
  }

  private void assertFails(Class<? extends Exception> type, String words, Duration timeout) {
    try (var publisher = publisher().timeout(timeout).build()) {
      assertThatThrownBy(() -> publisher.publish(List.of("a"), "chat", Map.of(), "hello"))
          .isInstanceOf(type)
          .hasMessageContaining(words);
    }
  }

  private LhttpPublisher.Builder publisher() {
    return LhttpPublisher.builder(
        URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/publish"));
  }

  private void handle(HttpExchange exchange) throws IOException {
    var headers = exchange.getRequestHeaders();
    posted.add(
        new Posted(
            exchange.getRequestURI().getPath(),
            String.valueOf(headers.getFirst("Content-Type")),
            String.valueOf(headers.getFirst("Authorization")),
            exchange.getRequestBody().readAllBytes()));
    if (!answers) {
      await();
    }
    var body = answer.getBytes(UTF_8);
    exchange.getResponseHeaders().set("Retry-After", "3");
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private void await() {
    try {
      ended.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
