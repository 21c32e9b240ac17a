package io.lhttp.pubsub;

import io.lhttp.message.Message;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/**
 * Carries channels within one process: what is published is delivered on the publisher's thread.
 */
public final class MemoryBroker implements Broker {
  private final Set<String> channels = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean started = new AtomicBoolean();
  private final Histories histories;
  private volatile Deliveries deliveries = (channel, message) -> {};

  /** Without histories. */
  public MemoryBroker() {
    this(Map.of());
  }

  /**
   * With histories, by a channel's name or the beginning of one and {@code *}: the first that fits
   * decides.
   */
  public MemoryBroker(Map<String, Retention> histories) {
    this(histories, System::nanoTime);
  }

  MemoryBroker(Map<String, Retention> histories, LongSupplier nanoTime) {
    this.histories =
        new Histories(histories, nanoTime, Histories.MAX_CHANNELS, Histories.MAX_BYTES);
  }

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
  public CompletionStage<Void> publish(String channel, Message message) {
    var log = histories.of(channel);
    if (log != null) {
      publish(channel, message, log);
    } else if (channels.contains(channel)) {
      deliveries.deliver(channel, message);
    }
    return TAKEN;
  }

  @Override
  public Optional<History> history(String channel) {
    return Optional.ofNullable(histories.of(channel));
  }

  @Override
  public void close() {
    deliveries = (channel, message) -> {};
  }

  private void publish(String channel, Message message, ChannelLog log) {
    long more;
    synchronized (log) { // live deliveries come in the order of the history
      var before = log.bytes();
      var entry = log.append(message);
      more = (long) log.bytes() - before;
      if (entry != null && channels.contains(channel)) {
        deliveries.deliver(channel, entry);
      }
    }
    histories.grown(more);
  }
}
