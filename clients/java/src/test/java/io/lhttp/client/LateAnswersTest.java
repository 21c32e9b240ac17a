package io.lhttp.client;

import static io.lhttp.client.Futures.result;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.message.Message;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The client keeps a subscription whose answer comes after the request's time-out. */
class LateAnswersTest extends ClientFixture {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final Duration PAUSE = Duration.ofSeconds(1);

  @Test
  void unansweredSubscribe_deliversAndStaysPending() {
    var client = connect();
    var peer = open();
    var subscription = client.subscribe("news", events::onDelivery);
    peer.read();

    timer.advance(TIMEOUT);

    assertThat(subscription.ready()).isNotDone();
    peer.send(published("hello"));
    assertThat(events.delivery().message().body()).isEqualTo("hello");
  }

  @Test
  void unansweredSubscribe_isSentAgain() {
    var client = connect();
    var peer = open();
    client.subscribe("news", events::onDelivery);
    peer.read();
    timer.advance(TIMEOUT);
    var second = client.subscribe("news", events::onDelivery);

    timer.advance(PAUSE);
    var again = peer.read();
    assertThat(again.header("subscribe")).contains("news");
    peer.ack(again);

    result(second.ready());
  }

  @Test
  void lateReply_isPassedToNoCallback() {
    var client = connect();
    var peer = open();
    client.subscribe("news", events::onDelivery);
    var request = peer.read();
    timer.advance(TIMEOUT);

    peer.ack(request);
    peer.send(Message.of("chat", "something else"));

    assertThat(events.message().body()).isEqualTo("something else");
  }

  @Test
  void unansweredUnsubscribe_isSentAgain() {
    var client = connect();
    var peer = open();
    var subscription = client.subscribe("news", events::onDelivery);
    peer.ack(peer.read());
    result(subscription.ready());
    subscription.unsubscribe();
    peer.read();

    timer.advance(TIMEOUT);
    peer.send(published("still coming"));
    timer.advance(PAUSE);
    var again = peer.read();
    assertThat(again.header("unsubscribe")).contains("news");
    peer.ack(again);
    peer.send(published("a message like any other now"));

    assertThat(events.message().body()).isEqualTo("a message like any other now");
  }

  private static Message published(String body) {
    return Message.builder("chat").header("publish", "news").body(body).build();
  }
}
