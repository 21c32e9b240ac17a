package io.lhttp;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.internal.chain.StubConnection;
import io.lhttp.message.Message;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A connection that implements only the abstract methods behaves by the interface's defaults. */
class ConnectionTest {
  private final StubConnection connection = new StubConnection();

  @Test
  void subscribe_connectionWithoutSubscriptions_doesNothing() {
    var client = Message.builder("chat").header("subscribe", "a").build();

    connection.subscribe("a");
    connection.subscribe(List.of("b", "c"));
    connection
        .subscriptions()
        .subscribe(new SubscriptionRequest(List.of("a"), Optional.empty(), Optional.of(client)));

    assertThat(connection.subscriptions().channels()).isEmpty();
    assertThat(connection.subscriptions().asked()).isEmpty();
  }

  @Test
  void revoke_connectionWithoutSubscriptions_sendsNothing() {
    connection.subscribe("a");

    connection.subscriptions().revoke("a", Outcome.refused(403, "no more"));
    connection.unsubscribe("a");

    assertThat(connection.sent()).isEmpty();
  }

  @Test
  void single_withoutWord_isFalse() {
    assertThat(connection.single()).isFalse();
  }
}
