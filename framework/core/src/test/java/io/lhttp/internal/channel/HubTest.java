package io.lhttp.internal.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.RefusedException;
import io.lhttp.message.Message;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The hub subscribes to the broker once per channel and delivers to the endpoints of the event
 * loops.
 */
class HubTest {
  private static final Message HELLO = Message.of("chat", "hello");

  private final FakeBroker broker = new FakeBroker();
  private final Endpoint first = new Endpoint(0);
  private final Endpoint second = new Endpoint(1);
  private final List<Integer> encoded = new ArrayList<>();
  private final Hub<String, LocalSubscribers> hub =
      new Hub<>(
          broker,
          List.of(first, second),
          (message, holders, offset) -> {
            encoded.add(holders);
            return message.body();
          });

  @AfterEach
  void theBrokerWasUsedAsItsContractSays() {
    assertThat(broker.wrong()).isEmpty();
  }

  @Test
  void join_manySubscribers_subscribesOnceAtBroker() {
    for (var i = 0; i < 5; i++) {
      hub.join("a", 0, null);
      hub.join("a", 1, null);
    }

    assertThat(broker.subscriptions()).isEqualTo(1);
    assertThat(broker.subscribed()).containsExactly("a");
    assertThat(hub.channels()).isEqualTo(1);
  }

  @Test
  void publish_givesBrokerNoSecretsOfSender() {
    var request =
        Message.builder("chat")
            .header("Authorization", "Bearer secret")
            .header("cookie", "session=secret")
            .header("id", "7")
            .header("k", "v")
            .body("hello")
            .build();
    hub.join("subscribed", 0, null);

    for (var channel : List.of("subscribed", "other")) {
      var _ = hub.publish(channel, request);
      var _ = hub.publish(channel, request, null);
    }

    assertThat(broker.messages())
        .hasSize(4)
        .containsOnly(Message.builder("chat").header("k", "v").body("hello").build());
  }

  @Test
  void join_sameEndpointAndChannel_sharesLocalSubscribers() {
    var receiver = hub.join("a", 0, null);

    assertThat(hub.join("a", 0, null)).isSameAs(receiver);
    assertThat(hub.join("a", 1, null)).isNotSameAs(receiver);
    assertThat(hub.join("b", 0, null)).isNotSameAs(receiver);
  }

  @Test
  void leave_lastSubscriber_endsBrokerSubscription() {
    hub.join("a", 0, null);
    hub.join("a", 0, null);
    hub.join("a", 1, null);

    hub.leave("a", 0);
    hub.leave("a", 1);
    assertThat(broker.subscribed()).containsExactly("a");

    hub.leave("a", 0);
    assertThat(broker.subscribed()).isEmpty();
    assertThat(hub.channels()).isZero();
  }

  @Test
  void join_afterAllLeft_deliversAgain() {
    hub.join("a", 0, null);
    hub.leave("a", 0);
    hub.join("a", 1, null);

    hub.publish("a", HELLO);

    assertThat(first.delivered).isEmpty();
    assertThat(second.delivered).containsExactly("a hello");
  }

  @Test
  void leave_withoutJoin_isIgnored() {
    hub.leave("a", 0);
    hub.join("a", 0, null);
    hub.leave("a", 1);

    hub.publish("a", HELLO);

    assertThat(first.delivered).containsExactly("a hello");
  }

  @Test
  void publish_encodesOnceAndDeliversOncePerEndpoint() {
    hub.join("a", 0, null);
    hub.join("a", 0, null);
    hub.join("a", 1, null);

    hub.publish("a", HELLO);

    assertThat(encoded).containsExactly(2);
    assertThat(first.delivered).containsExactly("a hello");
    assertThat(second.delivered).containsExactly("a hello");
  }

  @Test
  void publish_endpointWithoutSubscribers_getsNothing() {
    hub.join("a", 0, null);
    hub.join("a", 1, null);
    hub.leave("a", 0);

    hub.publish("a", HELLO);

    assertThat(encoded).containsExactly(1);
    assertThat(first.delivered).isEmpty();
    assertThat(second.delivered).containsExactly("a hello");
  }

  @Test
  void publish_withoutLocalSubscribers_goesToBroker() {
    hub.publish("a", HELLO);

    assertThat(broker.published()).isEqualTo(1);
    assertThat(encoded).isEmpty();
  }

  @Test
  void join_brokerRefuses_leavesNothingBehind() {
    broker.refuseWith(new RefusedException(503, "the broker is out of reach"));

    assertThatThrownBy(() -> hub.join("a", 0, null)).isInstanceOf(RefusedException.class);
    assertThat(hub.channels()).isZero();

    broker.refuseNothing();
    hub.join("a", 0, null);
    hub.publish("a", HELLO);
    assertThat(first.delivered).containsExactly("a hello");
    hub.leave("a", 0);
    assertThat(hub.channels()).isZero();
  }

  @Test
  void leave_brokerFails_leavesNothingBehind() {
    hub.join("a", 0, null);
    broker.refuseWith(new IllegalStateException("connection lost"));

    hub.leave("a", 0);

    assertThat(hub.channels()).isZero();
  }

  @Test
  void publish_brokerRefuses_throws() {
    broker.refuseWith(new RefusedException(503, "the broker is out of reach"));

    assertThatThrownBy(() -> hub.publish("a", HELLO)).isInstanceOf(RefusedException.class);
  }

  @Test
  void publish_congestedEndpoint_isRefusedWith503() {
    hub.join("a", 0, null);
    hub.join("a", 1, null);
    hub.join("b", 0, null);
    second.congested = true;

    assertThatThrownBy(() -> hub.publish("a", HELLO))
        .isInstanceOfSatisfying(
            RefusedException.class,
            e -> {
              assertThat(e.refusal().status()).isEqualTo(503);
              assertThat(e.refusal().retryAfterSeconds()).contains(1L);
            });
    hub.publish("b", HELLO);

    assertThat(first.delivered).as("nobody gets what was refused").containsExactly("b hello");
    assertThat(second.delivered).isEmpty();
    assertThat(broker.published()).isEqualTo(1);

    second.congested = false;
    hub.publish("a", HELLO);
    assertThat(second.delivered).containsExactly("a hello");
  }

  private static final class Endpoint implements Hub.Endpoint<LocalSubscribers> {
    final List<String> delivered = new ArrayList<>();
    private final int index;
    boolean congested;

    Endpoint(int index) {
      this.index = index;
    }

    @Override
    public LocalSubscribers receiver(String channel) {
      return new LocalSubscribers(this, channel);
    }
  }

  private record LocalSubscribers(Endpoint behind, String channel)
      implements Hub.LocalSubscribers<String> {
    @Override
    public int endpoint() {
      return behind.index;
    }

    @Override
    public void deliver(String delivery) {
      behind.delivered.add(channel + " " + delivery);
    }

    @Override
    public void missed(long count) {
      behind.delivered.add(channel + " missed " + count);
    }

    @Override
    public boolean congested() {
      return behind.congested;
    }
  }
}
