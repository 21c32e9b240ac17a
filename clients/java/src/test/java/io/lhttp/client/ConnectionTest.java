package io.lhttp.client;

import static io.lhttp.client.Futures.failure;
import static io.lhttp.client.Futures.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.message.Message;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The client opens, uses and closes its connection; a scripted server is the other end. */
class ConnectionTest extends ClientFixture {
  @Test
  void send_beforeOpen_waitsAndKeepsOrder() {
    var client = connect();
    IntStream.range(0, 100).forEach(i -> client.send(Message.of("chat", "m" + i)));

    var peer = server.open();

    for (var i = 0; i < 100; i++) {
      assertThat(peer.read().body()).isEqualTo("m" + i);
    }
  }

  @Test
  void handshake_carriesPathHeadersAndToken() {
    connect(builder().header("X-Room", "blue").token("t0ken"));

    var peer = server.open();

    assertThat(peer.requestLine()).isEqualTo("GET /chat HTTP/1.1");
    assertThat(peer.header("x-room")).isEqualTo("blue");
    assertThat(peer.header("authorization")).isEqualTo("Bearer t0ken");
  }

  @Test
  void messages_textAndBinary_goAndComeInTheirFormat() {
    var client = connect();
    var peer = open();
    var text = Message.of("chat", "grüße 👋");
    var binary = Message.builder("image").body(new byte[] {(byte) 0xff, 0, 1}).build();

    client.send(text);
    client.send(binary);
    assertThat(peer.read()).isEqualTo(text);
    assertThat(peer.read()).isEqualTo(binary);

    peer.send(text);
    peer.send(binary);
    assertThat(events.message()).isEqualTo(text);
    assertThat(events.message()).isEqualTo(binary);
  }

  @Test
  void messages_inFragments_areJoined() {
    connect();
    var peer = open();

    peer.sendInFragments("LHTTP/1.0 chat\r\n\r\n👋👋👋👋👋👋👋👋");

    assertThat(events.message().body()).isEqualTo("👋👋👋👋👋👋👋👋");
  }

  @ParameterizedTest
  @MethodSource("throwables")
  void throwingCallback_isReportedAndNextOneRuns(Throwable thrown) {
    var failure = new CompletableFuture<Throwable>();
    var second = new CompletableFuture<String>();
    connect(
        builder()
            .listener(
                new Listener() {
                  @Override
                  public void onMessage(LhttpClient client, Message message) {
                    if (message.body().equals("first")) {
                      Futures.sneak(thrown);
                    }
                    second.complete(message.body());
                  }

                  @Override
                  public void onError(LhttpClient client, Throwable error) {
                    failure.complete(error);
                  }
                }));
    var peer = server.open();

    peer.send(Message.of("chat", "first"));
    peer.send(Message.of("chat", "second"));

    assertThat(result(failure)).isSameAs(thrown);
    assertThat(result(second)).isEqualTo("second");
  }

  private static List<Throwable> throwables() {
    return List.of(new IllegalStateException(), new IOException(), new AssertionError());
  }

  @Test
  void callback_mayWaitForAReply() {
    var reply = new CompletableFuture<String>();
    connect(
        builder()
            .listener(
                new Listener() {
                  @Override
                  public void onOpen(LhttpClient client) {
                    reply.complete(result(client.request(Message.of("ask", ""))).body());
                  }
                }));
    var peer = server.open();

    peer.send(FakeServer.Peer.reply(peer.read()).body("answer").build());

    assertThat(result(reply)).isEqualTo("answer");
  }

  @Test
  void opened_completesOnceThereIsAConnection() {
    var client = connect();
    assertThat(client.opened()).isNotDone();
    assertThat(client.isOpen()).isFalse();

    server.open();

    result(client.opened());
    assertThat(client.isOpen()).isTrue();
  }

  @Test
  void close_sendsQueueAndClosesNormally() {
    var client = connect();
    var peer = open();
    IntStream.range(0, 50).forEach(i -> client.send(Message.of("chat", "m" + i)));
    var acknowledged = client.publish("news", Message.of("chat", "last"));

    var closing = CompletableFuture.runAsync(client::close);
    for (var i = 0; i < 50; i++) {
      assertThat(peer.read().body()).isEqualTo("m" + i);
    }
    var last = peer.read();
    assertThat(peer.readClose()).isEqualTo(1000);
    peer.ack(last);
    peer.close(1000, "");

    result(closing);
    result(acknowledged);
    assertThat(events.closed()).isEqualTo(Closed.byClient());
    assertThat(result(client.closed()).retryIn()).isEmpty();
    assertThat(client.isOpen()).isFalse();
  }

  @Test
  void close_whileConnecting_endsAtOnce() {
    var client = connect();
    var peer = server.accept();
    var queued = client.request(Message.of("ask", ""));

    client.close();

    assertThat(peer.cut()).isTrue();
    assertThat(events.closed().code()).isEqualTo(1000);
    assertThat(failure(queued, ConnectionClosedException.class).closed().code()).isEqualTo(1000);
    failure(client.opened(), ConnectionClosedException.class);
  }

  @Test
  void close_withoutServersAnswer_endsAfterFiveSeconds() {
    var client = connect();
    var peer = open();
    var closing = CompletableFuture.runAsync(client::close);
    assertThat(peer.readClose()).isEqualTo(1000);

    timer.advance(Duration.ofSeconds(5));

    result(closing);
    assertThat(events.closed().code()).isEqualTo(1000);
  }

  @Test
  void close_inACallback_doesNotWaitForItself() {
    var client =
        connect(
            builder()
                .listener(
                    new Listener() {
                      @Override
                      public void onMessage(LhttpClient client, Message message) {
                        client.close();
                      }
                    }));
    var peer = server.open();

    peer.send(Message.of("chat", "bye"));
    assertThat(peer.readClose()).isEqualTo(1000);
    peer.close(1000, "");

    assertThat(result(client.closed()).code()).isEqualTo(1000);
  }

  @Test
  void closedClient_refusesEverything() {
    var client = connect();
    client.close();
    client.close();

    assertThatThrownBy(() -> client.send(Message.of("chat", "late")))
        .isInstanceOf(ConnectionClosedException.class)
        .hasMessageContaining("closed by this client");
    assertThatThrownBy(() -> client.subscribe("news", events::onDelivery))
        .isInstanceOf(ConnectionClosedException.class);
    failure(client.request(Message.of("ask", "")), ConnectionClosedException.class);
  }

  @Test
  void builder_invalidOption_isNamed() {
    assertThatThrownBy(() -> LhttpClient.builder(URI.create("http://localhost/")))
        .hasMessageContaining("http://localhost/");
    assertThatThrownBy(() -> builder().header("Sec-WebSocket-Key", "x"))
        .hasMessageContaining("Sec-WebSocket-Key");
    assertThatThrownBy(() -> builder().header("x", "a\r\nb"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> builder().requestTimeout(Duration.ZERO))
        .hasMessageContaining("requestTimeout");
    assertThatThrownBy(() -> builder().maxMessageBytes(10)).hasMessageContaining("1024");
    assertThatThrownBy(() -> builder().maxReceivedBytes(10)).hasMessageContaining("1024");
    assertThatThrownBy(() -> builder().backoffMax(Duration.ZERO))
        .hasMessageContaining("backoffMax");
    assertThatThrownBy(() -> builder().token("no token"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("no token");
  }

  @Test
  void builder_changedAfterConnect_leavesClientUnchanged() {
    var builder = builder().header("x-room", "blue").token("one");
    connect(builder);
    builder.header("x-room", "red").token("two");

    var peer = server.open();

    assertThat(peer.header("x-room")).isEqualTo("blue");
    assertThat(peer.header("authorization")).isEqualTo("Bearer one");
  }
}
