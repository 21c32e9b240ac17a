package io.lhttp.client;

import static io.lhttp.client.Futures.failure;
import static io.lhttp.client.Futures.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.message.Message;
import io.lhttp.message.ProtocolException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The client bounds its queues, pending requests and messages. */
class BoundsTest extends ClientFixture {
  @Test
  void sendQueue_isBoundedInMessages() {
    var client = connect(builder().maxQueued(3).maxQueuedBytes(1024));
    IntStream.range(0, 3).forEach(i -> client.send(Message.of("chat", "m" + i)));

    assertThatThrownBy(() -> client.send(Message.of("chat", "one too many")))
        .isInstanceOf(QueueFullException.class)
        .hasMessageContaining("3 of at most 3 messages");
  }

  @Test
  void sendQueue_isBoundedInBytes() {
    var client = connect(builder().maxQueuedBytes(1024));
    client.send(Message.of("chat", "x".repeat(800)));

    assertThatThrownBy(() -> client.send(Message.of("chat", "x".repeat(300))))
        .isInstanceOf(QueueFullException.class)
        .hasMessageContaining("of at most 1024 bytes");
    failure(client.request(Message.of("ask", "x".repeat(300))), QueueFullException.class);
    client.send(Message.of("chat", "a short one fits"));
  }

  @Test
  void sendQueue_isFreedByRequestsThatTimeOut() {
    var client = connect(builder().maxQueued(2).maxQueuedBytes(1024));
    var dead = client.request(Message.of("ask", ""));
    client.request(Message.of("ask", ""));
    failure(client.request(Message.of("ask", "")), QueueFullException.class);

    timer.advance(Duration.ofSeconds(10));
    failure(dead, TimeoutException.class);

    client.send(Message.of("chat", "there is room"));
  }

  @Test
  void pendingRequests_areBounded() {
    var client = connect(builder().maxQueued(3));
    var peer = open();
    for (var i = 0; i < 3; i++) {
      client.request(Message.of("ask", ""));
      peer.read();
    }

    assertThat(failure(client.request(Message.of("ask", "")), QueueFullException.class))
        .hasMessageContaining("3 requests");
  }

  @Test
  void message_overServersLimit_isRefusedByClient() {
    var client = connect(builder().maxMessageBytes(1024));
    var longest = Message.of("chat", "x".repeat(1006));
    var tooLong = Message.of("chat", "x".repeat(1007));

    client.send(longest);

    assertThatThrownBy(() -> client.send(tooLong))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a message of 1025 bytes: expected at most 1024");
    // the client adds an id, which makes the message too long
    assertThatThrownBy(() -> client.request(longest)).isInstanceOf(IllegalArgumentException.class);
    assertThat(server.open().read()).isEqualTo(longest);
  }

  @Test
  void tooLongReceivedMessage_endsClient() {
    var client = connect(builder().maxReceivedBytes(1024));
    var peer = open();

    peer.send("LHTTP/1.0 chat\r\n\r\n" + "x".repeat(1007));

    var closed = events.closed();
    assertThat(closed.code()).isEqualTo(1009);
    assertThat(closed.reason()).contains("1024 bytes");
    assertThat(closed.retryIn()).isEmpty();
    assertThat(result(client.closed())).isEqualTo(closed);
    assertThat(peer.cut()).isTrue();
  }

  @Test
  void tooLongMessage_ofManyByteCharacters_isMeasuredInBytes() {
    connect(builder().maxReceivedBytes(1024));
    var peer = open();

    peer.send("LHTTP/1.0 chat\r\n\r\n" + "€".repeat(400));

    assertThat(events.closed().code()).isEqualTo(1009);
  }

  @Test
  void longestMessage_isRead() {
    connect(builder().maxReceivedBytes(1024));
    var peer = open();

    peer.send("LHTTP/1.0 chat\r\n\r\n" + "x".repeat(1006));

    assertThat(events.message().size()).isEqualTo(1024);
  }

  @Test
  void malformedMessage_isDroppedAndReported() {
    connect();
    var peer = open();

    peer.send("HTTP/1.1 200 OK\r\n\r\n");
    peer.send(Message.of("chat", "the next"));

    assertThat(events.next(Recorder.Failed.class).error()).isInstanceOf(ProtocolException.class);
    assertThat(events.message().body()).isEqualTo("the next");
  }

  @Test
  void connectionLostWhileReadingPauses_isNoticed() {
    var blocked = new CountDownLatch(1);
    var closed = new CompletableFuture<Closed>();
    connect(
        builder()
            .probeInterval(Duration.ofSeconds(30))
            .listener(
                new Listener() {
                  @Override
                  public void onMessage(LhttpClient client, Message message) {
                    await(blocked);
                  }

                  @Override
                  public void onClose(LhttpClient client, Closed how) {
                    closed.complete(how);
                  }
                }));
    var peer = server.open();
    IntStream.range(0, CallbackQueue.MAX_MESSAGES)
        .forEach(unused -> peer.send(Message.of("chat", "x")));
    peer.drop();

    blocked.countDown();
    while (!closed.isDone()) {
      timer.advance(Duration.ofSeconds(1));
      Thread.onSpinWait();
    }

    assertThat(result(closed).code()).isEqualTo(1006);
  }

  @Test
  void reading_pausesWhileCallbacksLagBehind_andGoesOn() throws Exception {
    var blocked = new CountDownLatch(1);
    var seen = new AtomicInteger();
    var all = new CompletableFuture<Integer>();
    var messages = 4 * CallbackQueue.MAX_MESSAGES;
    connect(
        builder()
            .listener(
                new Listener() {
                  @Override
                  public void onMessage(LhttpClient client, Message message) {
                    await(blocked);
                    if (seen.incrementAndGet() == messages) {
                      all.complete(messages);
                    }
                  }
                }));
    var peer = server.open();
    IntStream.range(0, messages).forEach(i -> peer.send(Message.of("chat", "m" + i)));

    blocked.countDown();

    assertThat(result(all)).isEqualTo(messages);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
