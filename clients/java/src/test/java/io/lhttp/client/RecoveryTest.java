package io.lhttp.client;

import static io.lhttp.client.Futures.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.message.Message;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The client asks for missed messages by position and reports gaps. */
class RecoveryTest extends ClientFixture {
  @Test
  void reconnect_requestsMessagesAfterLastDelivery() {
    var client = connect();
    var peer = open();
    subscribed(client, peer, "room", "e-4");
    peer.send(delivery("room", "e-5", "five"));
    assertThat(events.delivery().message().body()).isEqualTo("five");

    var next = reconnect(peer);

    var request = next.read();
    assertThat(request.header("since")).contains("e-5");
    next.send(subscriptionReply(request, "room", "e-5").header("recovered", "true").build());
    next.send(delivery("room", "e-6", "six"));
    next.ack(request);
    assertThat(events.delivery().message().body()).as("and no gap").isEqualTo("six");
    next = reconnect(next);
    assertThat(next.read().header("since")).contains("e-6");
  }

  @Test
  void positionOfAQuietChannel_comesFromItsNotice() {
    var client = connect();
    var peer = open();
    subscribed(client, peer, "room", "e-4");

    assertThat(reconnect(peer).read().header("since")).contains("e-4");
  }

  @Test
  void everyChannelOfABatch_hasItsPosition() {
    var client = connect();
    var peer = open();
    subscribed(client, peer, "a", "e-1");
    subscribed(client, peer, "plain", "");
    subscribed(client, peer, "b", "f-7");

    var batch = reconnect(peer).read();

    assertThat(batch.header("subscribe")).contains("a plain b");
    assertThat(batch.header("since")).contains("e-1 now f-7");
  }

  @Test
  void notRecovered_gapComesBeforeNextDelivery() {
    var client = connect();
    var peer = open();
    subscribed(client, peer, "room", "e-4");
    var next = reconnect(peer);
    var request = next.read();

    next.send(subscriptionReply(request, "room", "x-1").header("recovered", "false").build());
    next.send(delivery("room", "x-2", "two"));
    next.ack(request);

    assertThat(events.gap()).isEqualTo(Gap.unknown("room"));
    assertThat(events.delivery().message().body()).isEqualTo("two");
    assertThat(reconnect(next).read().header("since")).contains("x-2");
  }

  @Test
  void serverWithoutThisHistory_isAGapToo() {
    var client = connect();
    var peer = open();
    subscribed(client, peer, "room", "e-4");
    var next = reconnect(peer);
    next.ack(next.read()); // the server knows no histories, so it sends no subscription reply

    next.send(published("plain", "room"));

    assertThat(events.gap()).isEqualTo(Gap.unknown("room"));
    assertThat(events.delivery().message().body()).isEqualTo("plain");
    assertThat(reconnect(next).read().header("since")).contains("now");
  }

  @Test
  void unavailableHistory_isRequestedAgainFromSamePosition() {
    var client = connect();
    var peer = open();
    subscribed(client, peer, "room", "e-4");
    var next = reconnect(peer);
    var request = next.read();
    next.ack(request);

    next.send(
        subscriptionReply(request, "room", "")
            .header("status", "503")
            .header("error", "the broker is out of reach")
            .header("retry-after", "5")
            .build());
    next.send(Message.of("chat", "it is read"));
    events.message();
    timer.advance(Duration.ofSeconds(7));

    var again = next.read();
    assertThat(again.header("subscribe")).contains("room");
    assertThat(again.header("since")).contains("e-4");
    next.send(subscriptionReply(again, "room", "e-4").header("recovered", "true").build());
    next.send(delivery("room", "e-5", "five"));
    assertThat(events.delivery().message().body()).isEqualTo("five");
  }

  @Test
  void noticeWithoutAPosition_isAGap() {
    var client = connect();
    var peer = open();
    subscribed(client, peer, "room", "e-4");
    var next = reconnect(peer);

    next.send(subscriptionReply(next.read(), "room", "").header("recovered", "false").build());

    assertThat(events.gap()).isEqualTo(Gap.unknown("room"));
  }

  @Test
  void replayedDuplicate_isDeliveredOnce() {
    var client = connect();
    var peer = open();
    subscribed(client, peer, "room", "e-4");
    subscribed(client, peer, "other", "e-1");
    var next = reconnect(peer);
    // the client then requests each channel on its own
    next.refuse(next.read(), 403, "not all of them");

    var singles = List.of(next.read(), next.read());
    var single =
        singles.stream().filter(m -> m.headers().is("subscribe", "room")).findFirst().orElseThrow();
    next.send(delivery("room", "e-5", "five"));
    next.send(subscriptionReply(single, "room", "e-4").header("recovered", "true").build());
    next.send(delivery("room", "e-5", "five"));
    next.send(Message.of("chat", "after"));

    assertThat(events.delivery().message().body()).isEqualTo("five");
    assertThat(events.message().body()).isEqualTo("after");
  }

  @Test
  void resubscribe_beginsWithoutPosition() {
    var client = connect();
    var peer = open();
    var first = client.subscribe("room", events::onDelivery);
    var stale = peer.read();
    first.unsubscribe();
    client.subscribe("room", events::onDelivery);
    peer.send(subscriptionReply(stale, "room", "e-4").build());
    peer.ack(stale);
    peer.ack(peer.read());

    assertThat(peer.read().header("since")).contains("now");
    assertThat(reconnect(peer).read().header("since"))
        .as("the earlier subscription reply does not count")
        .contains("now");
  }

  @Test
  void resubscribeWithLast_messageInFlight_arrivesOnce() {
    var client = connect();
    var peer = open();
    var first = client.subscribe("room", events::onDelivery);
    var request = peer.read();
    peer.send(subscriptionReply(request, "room", "e-4").build());
    peer.ack(request);
    result(first.ready());
    first.unsubscribe();
    var again = client.subscribe("room", SubscribeOptions.last(2), events::onDelivery);

    peer.send(delivery("room", "e-5", "five"));
    peer.ack(peer.read());
    request = peer.read();
    peer.send(subscriptionReply(request, "room", "e-4").build());
    peer.send(delivery("room", "e-5", "five"));
    peer.ack(request);
    peer.send(delivery("room", "e-6", "six"));

    assertThat(events.delivery().message().body()).isEqualTo("five");
    assertThat(events.delivery().message().body()).isEqualTo("six");
    result(again.ready());
  }

  @Test
  void messageToTwoChannels_goesToChannelOfHeader() {
    var client = connect();
    var peer = open();
    subscribed(client, peer, "räume", "e-1");
    subscribed(client, peer, "plain", "");
    var plain = published("x", "räume", "plain");

    peer.send(plain);
    peer.send(plain.toBuilder().header("channel", "räume").header("position", "e-2").build());
    peer.send(plain);

    assertThat(List.of(events.delivery(), events.delivery(), events.delivery()))
        .extracting(Delivery::channel)
        .containsExactly("plain", "räume", "plain");
  }

  @Test
  void positionOnAChannelWithoutHistory_isNotKept() {
    var client = connect();
    var peer = open();
    subscribed(client, peer, "plain", "");
    peer.send(delivery("plain", "made-up", "x"));
    events.delivery();

    assertThat(reconnect(peer).read().header("since")).contains("now");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a b", "a\tb", "", "äöü"})
  void malformedPosition_isNotSentAgain(String position) {
    var client = connect();
    var peer = open();
    subscribed(client, peer, "room", position);

    assertThat(reconnect(peer).read().header("since")).contains("now");
  }

  @Test
  void longPosition_isNotKept() {
    var client = connect();
    var peer = open();
    subscribed(client, peer, "room", "x".repeat(65));

    assertThat(reconnect(peer).read().header("since")).contains("now");
  }

  @Test
  void start_isAskedForOnce() {
    var client = connect();
    var peer = open();
    client.subscribe("room", SubscribeOptions.since("e-2").withLast(10), events::onDelivery);

    var request = peer.read();
    assertThat(request.header("since")).contains("e-2");
    assertThat(request.header("last")).contains("10");
    peer.send(subscriptionReply(request, "room", "e-2").header("recovered", "true").build());
    peer.ack(request);
    var again = reconnect(peer).read();
    assertThat(again.header("since")).contains("e-2");
    assertThat(again.header("last")).isEmpty();
  }

  @Test
  void newestWanted_areAskedForInAMessageOfTheirOwn() {
    var client = connect();
    client.subscribe("a", events::onDelivery);
    client.subscribe("room", SubscribeOptions.last(10), events::onDelivery);
    client.subscribe("b", events::onDelivery);
    var peer = open();

    var messages = List.of(peer.read(), peer.read());

    assertThat(messages)
        .extracting(m -> m.header("subscribe").orElseThrow())
        .containsExactlyInAnyOrder("room", "a b");
    var room = messages.stream().filter(m -> m.headers().has("last")).findFirst().orElseThrow();
    assertThat(room.header("subscribe")).contains("room");
    assertThat(room.header("since")).isEmpty();
  }

  @Test
  void secondSubscription_withOtherOptions_isRefused() {
    var client = connect();
    client.subscribe("room", events::onDelivery);

    assertThatThrownBy(() -> client.subscribe("room", SubscribeOptions.last(1), events::onDelivery))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("'room' is subscribed to already");
    assertThatThrownBy(() -> SubscribeOptions.last(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> SubscribeOptions.last(1_001))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> SubscribeOptions.since("a b"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private FakeServer.Peer reconnect(FakeServer.Peer peer) {
    peer.close(1011, "");
    timer.advance(events.closed().retryIn().orElseThrow());
    return open();
  }

  private void subscribed(
      LhttpClient client, FakeServer.Peer peer, String channel, String position) {
    var subscription = client.subscribe(channel, events::onDelivery);
    var request = peer.read();
    assertThat(request.header("since")).contains("now");
    peer.send(subscriptionReply(request, channel, position).build());
    peer.ack(request);
    result(subscription.ready());
  }

  private static Message.Builder subscriptionReply(
      Message request, String channel, String position) {
    var reply = FakeServer.Peer.reply(request).header("channel", channel);
    return position.isEmpty() ? reply : reply.header("position", position);
  }

  private static Message published(String body, String... channels) {
    return Message.builder("chat").header("publish", String.join(" ", channels)).body(body).build();
  }

  private static Message delivery(String channel, String position, String body) {
    return published(body, channel).toBuilder()
        .header("channel", channel)
        .header("position", position)
        .build();
  }
}
