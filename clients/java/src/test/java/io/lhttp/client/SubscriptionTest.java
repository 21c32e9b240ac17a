package io.lhttp.client;

import static io.lhttp.client.Futures.failure;
import static io.lhttp.client.Futures.result;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.message.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The client keeps its subscriptions over refusals, revocations and reconnects. */
class SubscriptionTest extends ClientFixture {
  @Test
  void subscription_isReadyOnAcknowledgement_andDelivers() {
    var client = connect();
    var peer = open();
    var subscription = client.subscribe("news", events::onDelivery);
    var request = peer.read();
    assertThat(request.header("subscribe")).contains("news");
    assertThat(request.header("ack")).contains("true");
    assertThat(request.header("presence-session").orElseThrow()).matches("[a-z0-9-]{36}");
    assertThat(subscription.ready()).isNotDone();

    peer.ack(request);
    result(subscription.ready());
    peer.send(published("hello", "news"));

    var delivery = events.delivery();
    assertThat(delivery.channel()).isEqualTo("news");
    assertThat(delivery.message()).isEqualTo(published("hello", "news"));
    assertThat(delivery.missed()).isZero();
  }

  @Test
  void refusedSubscription_failsAndEnds() {
    var client = connect();
    var peer = open();
    var subscription = client.subscribe("news", events::onDelivery);

    peer.refuse(peer.read(), 403, "members only");

    assertThat(failure(subscription.ready(), RequestRefusedException.class).error())
        .isEqualTo("members only");
    assertThat(events.next(Recorder.Lost.class).subscription()).isSameAs(subscription);
    peer.send(published("hello", "news"));
    assertThat(events.message().body()).as("goes to nobody else").isEqualTo("hello");
  }

  @Test
  void secondSubscription_toSameChannel_sendsNothing() {
    var client = connect();
    var peer = open();
    var one = client.subscribe("news", events::onDelivery);
    peer.ack(peer.read());
    result(one.ready());
    var two = client.subscribe("news", events::onDelivery);
    result(two.ready());

    peer.send(published("hello", "news"));
    events.delivery();
    events.delivery();

    one.unsubscribe();
    peer.send(published("again", "news"));
    assertThat(events.delivery().message().body()).isEqualTo("again");

    two.unsubscribe();
    two.unsubscribe();
    assertThat(peer.read().header("unsubscribe"))
        .as("the next message after the first")
        .contains("news");
  }

  @Test
  void unsubscribe_dropsMessagesInFlight() {
    var client = connect();
    var peer = open();
    var subscription = client.subscribe("news", events::onDelivery);
    subscription.unsubscribe();
    failure(subscription.ready(), CancellationException.class);
    peer.ack(peer.read());
    var leaving = peer.read();

    peer.send(published("late", "news"));
    peer.ack(leaving);
    peer.send(Message.of("chat", "something else"));

    assertThat(events.message().body()).isEqualTo("something else");
  }

  @Test
  void resubscribe_ignoresRepliesToEarlierRequests() {
    var client = connect();
    var peer = open();
    client.subscribe("news", events::onDelivery).unsubscribe();
    var again = client.subscribe("news", events::onDelivery);
    peer.ack(peer.read());
    peer.ack(peer.read());
    assertThat(again.ready()).isNotDone();

    peer.ack(peer.read());
    result(again.ready());
    peer.send(published("hello", "news"));

    assertThat(events.delivery().message().body()).isEqualTo("hello");
  }

  @Test
  void messageToTwoChannels_goesToChannelOfServersHeader() {
    var client = connect();
    var peer = open();
    for (var channel : List.of("a", "b")) {
      var subscription = client.subscribe(channel, events::onDelivery);
      peer.ack(peer.read());
      result(subscription.ready());
    }

    peer.send(published("tick", "b", "x", "a").with("channel", "a"));
    peer.send(published("tick", "b", "x", "a").with("channel", "a"));
    peer.send(Message.of("chat", "by code").with("channel", "b"));
    peer.send(published("tick", "b", "x", "a").with("channel", "x"));

    assertThat(events.delivery().channel()).isEqualTo("a");
    assertThat(events.delivery().channel()).isEqualTo("a");
    assertThat(events.delivery().channel()).isEqualTo("b");
    assertThat(events.message().body()).as("of a channel that it has not joined").isEqualTo("tick");
  }

  @Test
  void copyWithoutChannel_goesToFirstPublishedChannel() {
    var client = connect();
    var peer = open();
    for (var channel : List.of("a", "b")) {
      var subscription = client.subscribe(channel, events::onDelivery);
      peer.ack(peer.read());
      result(subscription.ready());
    }

    peer.send(published("tick", "x", "b", "a"));
    peer.send(published("tick", "x", "b", "a"));

    assertThat(events.delivery().channel()).isEqualTo("b");
    assertThat(events.delivery().channel()).isEqualTo("b");
  }

  @ParameterizedTest
  @ValueSource(strings = {"status:401", "status:503", "error:no", "retry-after:9", "count:7"})
  void deliveryWithApplicationsHeader_isDelivered(String header) {
    var client = connect();
    var peer = open();
    var subscription = client.subscribe("news", events::onDelivery);
    peer.ack(peer.read());
    result(subscription.ready());
    var name = header.substring(0, header.indexOf(':'));
    var delivery =
        published("hello", "news")
            .with(name, header.substring(name.length() + 1))
            .with("channel", "news");

    peer.send(delivery);

    assertThat(events.delivery().message()).isEqualTo(delivery);
    assertThat(subscription.active).isTrue();
  }

  @Test
  void missedOnAReply_isNoGap() {
    var client = connect();
    var peer = open();
    var reply = client.request(Message.of("echo", "hello"));
    var asked = peer.read();

    peer.send(asked.with("missed", "7"));
    peer.send(asked.with("missed", "7"));
    result(reply);

    assertThat(events.message().header("missed")).contains("7");
    peer.send(published("hello", "other").with("channel", "other").with("missed", "2"));
    assertThat(events.gap()).isEqualTo(Gap.counted(List.of("other"), 2));
  }

  @Test
  void messageToTwoChannels_goesToAcknowledgedOneFirst() {
    var client = connect();
    var peer = open();
    var acknowledged = client.subscribe("a", events::onDelivery);
    peer.ack(peer.read());
    result(acknowledged.ready());
    client.subscribe("b", events::onDelivery);
    peer.read();

    peer.send(published("one copy", "b", "a"));

    assertThat(events.delivery().channel()).isEqualTo("a");
  }

  @Test
  void replyToAPublishedMessage_isNoDelivery() {
    var client = connect();
    var peer = open();
    client.subscribe("news", events::onDelivery);
    peer.ack(peer.read());
    client.publish("news", Message.of("echo", "hello"));

    peer.send(peer.read()); // as a processor does that sends each message back with all headers

    assertThat(events.message().body()).isEqualTo("hello");
  }

  @Test
  void missedMessages_areReportedBeforeNextMessage() {
    var client = connect();
    var peer = open();
    client.subscribe("news", events::onDelivery);
    peer.ack(peer.read());
    var next = published("hello", "news").toBuilder().header("missed", "3").build();

    peer.send(next);

    assertThat(events.gap()).isEqualTo(Gap.counted(List.of("news"), 3));
    assertThat(events.delivery()).isEqualTo(new Delivery("news", next, 3));
  }

  @Test
  void unreadableMissedHeader_countsAsOne() {
    var client = connect();
    var peer = open();
    client.subscribe("a", events::onDelivery);
    peer.ack(peer.read());

    peer.send(published("hello", "a", "b").with("missed", "many").with("channel", "a"));

    assertThat(events.gap()).isEqualTo(Gap.counted(List.of("a"), 1));
    assertThat(events.delivery().channel()).isEqualTo("a");
  }

  @Test
  void messageToUnknownChannel_goesToListener() {
    var client = connect();
    var peer = open();
    client.subscribe("news", events::onDelivery);

    peer.send(published("hello", "other"));

    assertThat(events.message().body()).isEqualTo("hello");
  }

  @Test
  void reconnect_renewsSubscriptionsInBatches_beforeQueue() {
    var client = connect();
    var channels = IntStream.range(0, 150).mapToObj(i -> "channel-" + i).toList();
    channels.forEach(channel -> client.subscribe(channel, events::onDelivery));
    assertThat(renewed(open(), 3)).containsExactlyInAnyOrderElementsOf(channels);
  }

  @Test
  void reconnect_keepsHeaderLinesShort() {
    var client = connect();
    var channels = IntStream.range(0, 40).mapToObj(i -> "c".repeat(250) + (100 + i)).toList();
    channels.forEach(channel -> client.subscribe(channel, events::onDelivery));

    assertThat(renewed(open(), 2)).containsExactlyInAnyOrderElementsOf(channels);
  }

  @Test
  void reconnect_deliversToSubscribedChannelsOnly() {
    var client = connect();
    var peer = open();
    var kept = client.subscribe("kept", events::onDelivery);
    var left = client.subscribe("left", events::onDelivery);
    peer.ack(peer.read());
    peer.ack(peer.read());
    result(kept.ready());
    result(left.ready());
    peer.close(1011, "");
    var pause = events.closed().retryIn().orElseThrow();
    left.unsubscribe();
    client.send(Message.of("chat", "queued"));
    timer.advance(pause);

    var next = open();

    assertThat(next.read().headers().words("subscribe")).containsExactly("kept");
    assertThat(next.read().body()).isEqualTo("queued");
    next.send(published("hello", "kept"));
    assertThat(events.delivery().channel()).isEqualTo("kept");
  }

  @Test
  void refusedBatch_isAskedForOneByOne() {
    var client = connect();
    var good = client.subscribe("good", events::onDelivery);
    var bad = client.subscribe("bad", events::onDelivery);
    var peer = open();
    var batch = peer.read();
    assertThat(batch.headers().words("subscribe")).containsExactly("good", "bad");
    peer.refuse(batch, 403, "not all of them");

    for (var i = 0; i < 2; i++) {
      var single = peer.read();
      if (single.headers().is("subscribe", "bad")) {
        peer.refuse(single, 403, "members only");
      } else {
        peer.ack(single);
      }
    }

    result(good.ready());
    assertThat(failure(bad.ready(), RequestRefusedException.class).error())
        .isEqualTo("members only");
  }

  @Test
  void forbiddenRenewal_isReported() {
    var client = connect();
    var peer = open();
    var subscription = client.subscribe("news", events::onDelivery);
    peer.ack(peer.read());
    result(subscription.ready());
    peer.close(1011, "");
    timer.advance(events.closed().retryIn().orElseThrow());

    var next = open();
    next.refuse(next.read(), 403, "no more");

    var lost = events.next(Recorder.Lost.class);
    assertThat(lost.subscription()).isSameAs(subscription);
    assertThat(lost.refusal().status()).isEqualTo(403);
  }

  @Test
  void revokedSubscription_isReportedAndNotRenewed() {
    var client = connect();
    var peer = open();
    var kept = client.subscribe("news", events::onDelivery);
    peer.ack(peer.read());
    var subscription = client.subscribe("gossip", events::onDelivery);
    peer.ack(peer.read());
    result(subscription.ready());

    peer.send(unsubscribed("gossip"));

    var lost = events.next(Recorder.Lost.class);
    assertThat(lost.subscription()).isSameAs(subscription);
    assertThat(lost.refusal().status()).isEqualTo(403);
    assertThat(lost.refusal().error()).isEqualTo("not allowed on this channel");
    peer.close(1011, "");
    timer.advance(events.closed().retryIn().orElseThrow());
    assertThat(open().read().headers().words("subscribe")).containsExactly(kept.channel());
  }

  @Test
  void pendingSubscribe_survivesOlderRevocation() {
    var client = connect();
    var peer = open();
    var subscription = client.subscribe("news", events::onDelivery);
    var request = peer.read();

    peer.send(unsubscribed("news"));
    peer.send(unsubscribed("nobody's"));
    peer.ack(request);

    result(subscription.ready());
  }

  private static Message unsubscribed(String channel) {
    return Message.builder("unsubscribed")
        .header("unsubscribed", channel)
        .header("status", "403")
        .header("error", "not allowed on this channel")
        .build();
  }

  @Test
  void rateLimitedRenewal_isRepeatedAfterPause() {
    var client = connect();
    var peer = open();
    var subscription = client.subscribe("news", events::onDelivery);
    peer.ack(peer.read());
    result(subscription.ready());
    peer.close(1011, "");
    timer.advance(events.closed().retryIn().orElseThrow());
    var next = open();
    rateLimit(next, next.read());

    timer.advance(Duration.ofSeconds(6));

    assertThat(next.read().header("subscribe")).contains("news");
  }

  @Test
  void rateLimitedBatch_isTriedAgainAsOne() {
    var client = connect();
    var subscriptions =
        Stream.of("a", "b", "c").map(name -> client.subscribe(name, events::onDelivery)).toList();
    subscriptions.get(1).unsubscribe();
    var peer = open();
    rateLimit(peer, peer.read());

    timer.advance(Duration.ofSeconds(6));

    var again = peer.read();
    assertThat(again.headers().words("subscribe")).containsExactly("a", "c");
    peer.ack(again);
    result(subscriptions.get(0).ready());
    result(subscriptions.get(subscriptions.size() - 1).ready());
  }

  @Test
  void unsubscribingWhileATryIsPending_endsIt() {
    var client = connect();
    var peer = open();
    var subscription = client.subscribe("news", events::onDelivery);
    rateLimit(peer, peer.read());

    subscription.unsubscribe();
    timer.advance(Duration.ofSeconds(6));
    client.send(Message.of("chat", "the next"));

    assertThat(peer.read().header("unsubscribe")).contains("news");
    assertThat(peer.read().body()).isEqualTo("the next");
  }

  @ParameterizedTest
  @ValueSource(ints = {429, 500, 502, 503, 504})
  void transientRefusal_isFollowedByRetry(int status) {
    var client = connect();
    var peer = open();
    var subscription = client.subscribe("news", events::onDelivery);
    peer.refuse(peer.read(), status, "not now");
    peer.send(Message.of("chat", "the refusal is read"));
    events.message();

    timer.advance(Duration.ofSeconds(1));

    peer.ack(peer.read());
    result(subscription.ready());
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 401, 404, 409, 501, 505})
  void permanentRefusal_endsSubscription(int status) {
    var client = connect();
    var peer = open();
    var subscription = client.subscribe("news", events::onDelivery);

    peer.refuse(peer.read(), status, "never");

    assertThat(events.next(Recorder.Lost.class).refusal().status()).isEqualTo(status);
    failure(subscription.ready(), RequestRefusedException.class);
  }

  @Test
  void endedClient_failsPendingSubscriptions() {
    var client = connect();
    var subscription = client.subscribe("news", events::onDelivery);

    client.close();

    failure(subscription.ready(), ConnectionClosedException.class);
    subscription.unsubscribe();
  }

  /** Refuses a message for 5 seconds, and waits until the client has read the refusal. */
  private void rateLimit(FakeServer.Peer peer, Message message) {
    peer.send(
        FakeServer.Peer.reply(message).header("status", "429").header("retry-after", "5").build());
    peer.send(Message.of("chat", "the refusal is read"));
    events.message();
  }

  /** Reads this many messages. Returns the channels that they subscribe to. */
  private static List<String> renewed(FakeServer.Peer peer, int messages) {
    var channels = new ArrayList<String>();
    for (var i = 0; i < messages; i++) {
      var message = peer.read();
      var words = message.headers().words("subscribe");
      assertThat(words).hasSizeLessThanOrEqualTo(64);
      assertThat(message.header("subscribe").orElseThrow().length()).isLessThan(8_100);
      channels.addAll(words);
    }
    assertThat(new HashSet<>(channels)).hasSameSizeAs(channels);
    return channels;
  }

  private static Message published(String body, String... channels) {
    return Message.builder("chat").header("publish", String.join(" ", channels)).body(body).build();
  }
}
