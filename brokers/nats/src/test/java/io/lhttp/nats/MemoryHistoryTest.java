package io.lhttp.nats;

import io.lhttp.channel.Broker;
import io.lhttp.channel.MemoryBroker;
import io.lhttp.channel.Retention;
import java.util.Map;

/** {@code MemoryBroker} passes the contract of channels with history. */
class MemoryHistoryTest extends HistoryContract {
  @Override
  protected Broker create(Map<String, Retention> histories) {
    return new MemoryBroker(histories);
  }
}
