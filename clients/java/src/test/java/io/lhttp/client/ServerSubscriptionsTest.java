package io.lhttp.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.message.Message;
import org.junit.jupiter.api.Test;

/** The client keeps the subscriptions that the server makes. */
class ServerSubscriptionsTest extends ClientFixture {
  @Test
  void announced_isToldAndDeliversAsMessages() {
    var client = connect();
    var peer = open();

    peer.send(announcement("room").build());
    peer.send(delivery("room", "", "one"));

    assertThat(events.next(Recorder.ServerSubscribed.class).channel()).isEqualTo("room");
    assertThat(events.message().body()).isEqualTo("one");
    assertThat(client.serverSubscriptions()).containsExactly("room");
  }

  @Test
  void ended_isTold() {
    var client = connect();
    var peer = open();

    peer.send(announcement("room").build());
    peer.send(
        Message.builder("unsubscribed")
            .header("unsubscribed", "room")
            .header("status", "410")
            .header("error", "unsubscribed by the server")
            .build());

    events.next(Recorder.ServerSubscribed.class);
    assertThat(events.next(Recorder.ServerUnsubscribed.class).status()).isEqualTo(410);
    assertThat(client.serverSubscriptions()).isEmpty();
  }

  @Test
  void reconnect_joinsAgainFromLastPosition() {
    connect();
    var peer = open();
    peer.send(announcement("room").header("position", "e-4").build());
    events.next(Recorder.ServerSubscribed.class);
    peer.send(delivery("room", "e-5", "five"));
    assertThat(events.message().body()).isEqualTo("five");

    var next = reconnect(peer);

    var request = next.read();
    assertThat(request.header("subscribe")).contains("room");
    assertThat(request.header("since")).contains("e-5");
    next.ack(request);
    next.send(delivery("room", "", "live"));
  }

  @Test
  void reconnect_refused_endsSubscription() {
    var client = connect();
    var peer = open();
    peer.send(announcement("room").build());
    events.next(Recorder.ServerSubscribed.class);
    var next = reconnect(peer);

    next.refuse(next.read(), 403, "no");

    assertThat(events.next(Recorder.ServerUnsubscribed.class).status()).isEqualTo(403);
    assertThat(client.serverSubscriptions()).isEmpty();
  }

  @Test
  void applicationSubscribesToo_getsDeliveriesItself() {
    var client = connect();
    var peer = open();
    peer.send(announcement("room").build());
    events.next(Recorder.ServerSubscribed.class);

    var subscription = client.subscribe("room", events::onDelivery);
    peer.ack(peer.read());
    Futures.result(subscription.ready());
    peer.send(delivery("room", "", "one"));

    assertThat(events.delivery().message().body()).isEqualTo("one");
    var left = subscription.unsubscribe();
    peer.ack(peer.read());
    Futures.result(left);
    assertThat(client.serverSubscriptions()).isEmpty();
  }

  private FakeServer.Peer reconnect(FakeServer.Peer peer) {
    peer.close(1011, "");
    timer.advance(events.closed().retryIn().orElseThrow());
    return open();
  }

  private static Message.Builder announcement(String channel) {
    return Message.builder("subscribed").header("subscribed", channel).header("channel", channel);
  }

  private static Message delivery(String channel, String position, String body) {
    var delivery =
        Message.builder("chat").header("publish", channel).header("channel", channel).body(body);
    return position.isEmpty() ? delivery.build() : delivery.header("position", position).build();
  }
}
