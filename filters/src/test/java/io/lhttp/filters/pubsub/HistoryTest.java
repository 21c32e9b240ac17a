package io.lhttp.filters.pubsub;

import io.lhttp.pubsub.Broker;
import io.lhttp.pubsub.MemoryBroker;
import io.lhttp.pubsub.Retention;
import java.util.Map;

/** Channels that are remembered in memory. */
class HistoryTest extends HistoryContract {
  @Override
  protected Broker create(Map<String, Retention> histories) {
    return new MemoryBroker(histories);
  }
}
