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
      broker.start();

      assertThatThrownBy(broker::start).isInstanceOf(IllegalStateException.class);
    }
  }
}
