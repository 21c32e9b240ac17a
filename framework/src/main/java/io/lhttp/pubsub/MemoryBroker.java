package io.lhttp.pubsub;

import io.lhttp.message.Message;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Carries channels within one process: what is published is delivered on the publisher's thread.
 */
public final class MemoryBroker implements Broker {
  private final Set<String> channels = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean started = new AtomicBoolean();
  private volatile Deliveries deliveries = (channel, message) -> {};

  @Override
  public void start(Deliveries deliveries) {
    if (started.getAndSet(true)) {
      throw new IllegalStateException("a MemoryBroker serves one server; this one has another");
    }
    this.deliveries = deliveries;
  }

  @Override
  public void subscribe(String channel) {
    channels.add(channel);
  }

  @Override
  public void unsubscribe(String channel) {
    channels.remove(channel);
  }

  @Override
  public void publish(String channel, Message message) {
    if (channels.contains(channel)) {
      deliveries.deliver(channel, message);
    }
  }

  @Override
  public void close() {
    deliveries = (channel, message) -> {};
  }
}
