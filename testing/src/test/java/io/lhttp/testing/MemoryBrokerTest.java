package io.lhttp.testing;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.channel.Broker;
import io.lhttp.channel.MemoryBroker;
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
}
