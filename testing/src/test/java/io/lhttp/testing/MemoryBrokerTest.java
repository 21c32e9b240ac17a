package io.lhttp.testing;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.pubsub.Broker;
import io.lhttp.pubsub.MemoryBroker;
import org.junit.jupiter.api.Test;

class MemoryBrokerTest extends BrokerContract {
  @Override
  protected Broker create() {
    return new MemoryBroker();
  }

  @Test
  void itServesOneServer() {
    try (var broker = new MemoryBroker()) {
      broker.start((channel, message) -> {});

      assertThatThrownBy(() -> broker.start((channel, message) -> {}))
          .isInstanceOf(IllegalStateException.class);
    }
  }
}
