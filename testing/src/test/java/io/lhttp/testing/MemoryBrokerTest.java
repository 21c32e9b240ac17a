package io.lhttp.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.channel.Broker;
import io.lhttp.channel.MemoryBroker;
import io.lhttp.channel.Peers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The in-memory broker fulfils the contract of brokers. */
class MemoryBrokerTest extends BrokerContract {
  @Override
  protected Broker create() {
    return new MemoryBroker();
  }

  @Test
  void start_twice_throws() {
    try (var broker = new MemoryBroker()) {
      broker.start();

      assertThatThrownBy(broker::start).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void peers_ofMemoryBroker_areKnownToBeNone() {
    try (var broker = new MemoryBroker()) {
      broker.start();
      var peers = broker.peers().orElseThrow();
      peers.join("one", (question, patience) -> CompletableFuture.completedStage("x"));

      assertThat(peers.ask("q", Duration.ofSeconds(1)).toCompletableFuture())
          .isCompletedWithValue(Peers.Answers.none(/* complete= */ true));
    }
  }
}
