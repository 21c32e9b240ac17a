package io.lhttp.filters.presence;

import io.lhttp.Connection;
import io.lhttp.Metric;
import io.lhttp.MetricSource;
import io.lhttp.RefusedException;
import io.lhttp.channel.Broker;
import io.lhttp.channel.MemoryBroker;
import io.lhttp.message.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * A broker, and on it what servers tell each other of who is there: on channels with a space in
 * their names, which no client can say.
 */
final class PresenceBroker implements Broker, MetricSource {
  private static final String PREFIX = "presence ";

  private final Broker broker;
  private final Presence presence;
  private final LongAdder unsent = new LongAdder();

  /** What it listens to. */
  private final Map<String, Feed> feeds = new ConcurrentHashMap<>();

  PresenceBroker(Broker broker, Presence presence) {
    this.broker = broker;
    this.presence = presence;
  }

  /** Whether there can be other servers. */
  boolean reachesOthers() {
    return !(broker instanceof MemoryBroker);
  }

  /** Empty for what is of no channel. */
  void listen(String channel) {
    feeds.put(
        channel, broker.subscribe(PREFIX + channel, message -> presence.heard(channel, message)));
  }

  void ignore(String channel) {
    var feed = feeds.remove(channel);
    if (feed != null) {
      feed.end();
    }
  }

  /** What gets lost is found by the digests. */
  void tell(String channel, ServerMessage wire) {
    try {
      var _ = broker.publish(PREFIX + channel, wire.write());
      broker.flush();
    } catch (RefusedException _) {
      unsent.increment();
    }
  }

  @Override
  public void start() {
    broker.start();
    presence.start();
  }

  @Override
  public Feed subscribe(String channel, Subscriber subscriber) {
    return broker.subscribe(channel, subscriber);
  }

  @Override
  public CompletionStage<Void> publish(String channel, Message message, String scope) {
    return broker.publish(channel, message, scope);
  }

  @Override
  public void flush() {
    broker.flush();
  }

  @Override
  public void joined(Connection connection, String channel) {
    presence.joined(connection, channel);
    broker.joined(connection, channel);
  }

  @Override
  public void left(Connection connection, String channel, boolean gone) {
    presence.left(connection, channel, gone);
    broker.left(connection, channel, gone);
  }

  @Override
  public boolean connected() {
    return broker.connected();
  }

  @Override
  public Optional<String> trouble() {
    return broker.trouble();
  }

  @Override
  public List<Metric> metrics() {
    var metrics = new ArrayList<>(presence.metrics());
    metrics.add(
        Metric.counter(
            "presence_publish_failures",
            "Presence messages that could not be published and are sent later.",
            unsent.sum()));
    if (broker instanceof MetricSource measured) {
      metrics.addAll(measured.metrics());
    }
    return metrics;
  }

  @Override
  public void close() {
    presence.close();
    broker.close();
  }
}
