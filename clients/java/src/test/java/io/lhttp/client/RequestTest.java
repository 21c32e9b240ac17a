package io.lhttp.client;

import static io.lhttp.client.Futures.failure;
import static io.lhttp.client.Futures.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.message.Message;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** The client matches replies to requests and publications. */
class RequestTest extends ClientFixture {
  @Test
  void replies_findTheirRequests_inAnyOrder() {
    var client = connect();
    var peer = open();
    var one = client.request(Message.of("ask", "1"));
    var two = client.request(Message.of("ask", "2"));
    var first = peer.read();
    var second = peer.read();
    assertThat(first.header("id")).isPresent().isNotEqualTo(second.header("id"));

    peer.send(FakeServer.Peer.reply(second).body("two").build());
    peer.send(FakeServer.Peer.reply(first).body("one").build());

    assertThat(result(one).body()).isEqualTo("one");
    assertThat(result(two).body()).isEqualTo("two");
  }

  @Test
  void refusal_failsWithStatusErrorAndPause() {
    var client = connect();
    var peer = open();
    var asked = client.request(Message.of("ask", ""));
    var request = peer.read();

    peer.send(
        FakeServer.Peer.reply(request)
            .header("status", "429")
            .header("error", "slow down")
            .header("retry-after", "2")
            .build());

    var refusal = failure(asked, RequestRefusedException.class);
    assertThat(refusal.status()).isEqualTo(429);
    assertThat(refusal.error()).isEqualTo("slow down");
    assertThat(refusal.retryAfter()).contains(Duration.ofSeconds(2));
    assertThat(refusal).hasMessage("refused with 429: slow down");
  }

  @Test
  void statusBelow400_isNoRefusal() {
    var client = connect();
    var peer = open();
    var asked = client.request(Message.of("ask", ""));

    peer.ack(peer.read());

    assertThat(result(asked).header("status")).contains("200");
  }

  @Test
  void furtherReplies_goToListener() {
    var client = connect();
    var peer = open();
    var asked = client.request(Message.of("ask", ""));
    var request = peer.read();

    peer.send(FakeServer.Peer.reply(request).body("first").build());
    peer.send(FakeServer.Peer.reply(request).body("second").build());

    assertThat(result(asked).body()).isEqualTo("first");
    assertThat(events.message().body()).isEqualTo("second");
  }

  @Test
  void noReply_timesOutAfterTenSeconds() {
    var client = connect();
    open();
    var asked = client.request(Message.of("ask", ""));

    timer.advance(Duration.ofMillis(9_999));
    assertThat(asked).isNotDone();
    timer.advance(Duration.ofMillis(1));

    assertThat(failure(asked, TimeoutException.class)).hasMessage("no reply to 'ask' within PT10S");
  }

  @Test
  void noConnection_timesOutAndSaysSo() {
    var asked = connect().request(Message.of("ask", ""));

    timer.advance(Duration.ofSeconds(10));

    assertThat(failure(asked, TimeoutException.class))
        .hasMessage("no connection, and no reply, to 'ask' within PT10S");
  }

  @Test
  void ownTimeout_countsFromCall() {
    var client = connect();
    var asked = client.request(Message.of("ask", ""), Duration.ofSeconds(2));

    timer.advance(Duration.ofSeconds(2));

    failure(asked, TimeoutException.class);
    client.send(Message.of("chat", "the next"));
    assertThat(server.open().read().body())
        .as("the dead request is not sent")
        .isEqualTo("the next");
  }

  @Test
  void lostConnection_failsSentRequestsAndKeepsQueuedOnes() {
    var client = connect();
    var peer = open();
    var sent = client.request(Message.of("ask", "sent"));
    peer.read();
    peer.close(1011, "");
    assertThat(failure(sent, ConnectionClosedException.class).closed().code()).isEqualTo(1011);

    var waiting = client.request(Message.of("ask", "waiting"));
    timer.advance(events.closed().retryIn().orElseThrow());
    var next = open();
    var request = next.read();
    next.send(FakeServer.Peer.reply(request).body("kept").build());

    assertThat(result(waiting).body()).isEqualTo("kept");
  }

  @Test
  void callersId_isKept_andRefusedWhileInUse() {
    var client = connect();
    var peer = open();
    var message = Message.builder("ask").header("id", "mine").build();
    var asked = client.request(message);
    assertThat(peer.read()).isEqualTo(message);

    assertThatThrownBy(() -> client.request(message)).hasMessageContaining("'mine'");
    peer.ack(message);
    result(asked);

    var again = client.request(message);
    peer.ack(peer.read());
    result(again);
  }

  @Test
  void cancelledRequest_isForgotten() {
    var client = connect();
    var asked = client.request(Message.builder("ask").header("id", "mine").build());

    asked.cancel(false);

    client.send(Message.of("chat", "the next"));
    assertThat(server.open().read().body()).isEqualTo("the next");
  }

  @Test
  void cancelledPublication_isForgotten() {
    var client = connect();

    client.publish("news", Message.of("chat", "never mind")).cancel(false);

    client.send(Message.of("chat", "the next"));
    assertThat(server.open().read().body()).isEqualTo("the next");
  }

  @Test
  void publish_completesWithAcknowledgement_notWithReply() {
    var client = connect();
    var peer = open();
    var published = client.publish(List.of("a", "b"), Message.of("chat", "hello"));
    var message = peer.read();
    assertThat(message.header("publish")).contains("a b");
    assertThat(message.header("ack")).contains("true");
    assertThat(message.body()).isEqualTo("hello");

    peer.send(FakeServer.Peer.reply(message).body("from the processor").build());
    assertThat(events.message().body()).isEqualTo("from the processor");
    assertThat(published).isNotDone();
    peer.ack(message);

    result(published);
  }

  @Test
  void publish_withMessageId_namesSession() {
    var client = connect();
    var peer = open();
    var message = Message.builder("chat").header("message-id", "m1").body("hello").build();

    client.publish("a", message);
    client.publish("a", message);
    client.publish("a", Message.of("chat", "without"));

    var sessions = List.of(peer.read(), peer.read(), peer.read());
    var first = sessions.get(0).header("presence-session");
    assertThat(first).isPresent();
    assertThat(sessions.get(1).header("presence-session")).isEqualTo(first);
    assertThat(sessions.get(2).header("presence-session")).isEmpty();
  }

  @Test
  void publish_ofADelivery_replacesItsChannel() {
    var client = connect();
    var peer = open();
    var delivered =
        Message.builder("chat").header("publish", "a").header("x", "1").body("hello").build();

    var published = client.publish("b", delivered);

    var message = peer.read();
    assertThat(message.headers().words("publish")).containsExactly("b");
    assertThat(message.header("x")).contains("1");
    peer.refuse(message, 403, "not here");
    assertThat(failure(published, RequestRefusedException.class).status()).isEqualTo(403);
  }

  @Test
  void publish_toInvalidChannel_isRefusedByClient() {
    var client = connect();
    var message = Message.of("chat", "hello");

    for (var name : List.of("", "a b", "a\r\nb", "ü".repeat(128), "\ud83d")) {
      assertThatThrownBy(() -> client.publish(name, message))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("1 to 255 bytes");
    }
    assertThatThrownBy(() -> client.publish(List.of(), message))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void ids_areNoOtherClients() {
    var prefixes = new HashSet<String>();
    for (var i = 0; i < 5; i++) {
      var client = connect();
      var peer = open();
      for (var command : List.of("ask", "ask")) {
        var unused = client.request(Message.of(command, ""));
      }
      var first = peer.read().header("id").orElseThrow();
      assertThat(peer.read().header("id").orElseThrow()).isNotEqualTo(first);
      prefixes.add(first);
    }

    assertThat(prefixes).hasSize(5).allMatch(id -> id.matches("[0-9a-f-]{36}-\\d+"));
  }
}
