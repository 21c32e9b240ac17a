package io.lhttp.filters.presence;

import io.lhttp.Connection;
import io.lhttp.Metric;
import io.lhttp.MetricSource;
import io.lhttp.RefusedException;
import io.lhttp.channel.Broker;
import io.lhttp.channel.MemoryBroker;
import io.lhttp.channel.Peers;
import io.lhttp.channel.Position;
import io.lhttp.message.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * A broker that reports joins and leaves to {@link Presence}, and carries the messages between
 * servers. The messages between servers use channels with a space in their names, to which no
 * client can subscribe. {@link Presence} creates it, and the server uses it as its broker. Safe for
 * all threads.
 */
final class PresenceBroker implements Broker, MetricSource {
  private static final String PREFIX = "presence ";

  /** The estimated memory of a channel's presence with one member, in bytes. */
  private static final int CHANNEL = 1536;

  private final Broker broker;
  private final Presence presence;
  private final LongAdder unsent = new LongAdder();

  /**
   * The subscriptions to other servers' messages, by the channel whose members the messages
   * concern.
   */
  private final Map<String, Feed> feeds = new ConcurrentHashMap<>();

  PresenceBroker(Broker broker, Presence presence) {
    this.broker = broker;
    this.presence = presence;
  }

  @Override
  public int channelBytes(String channel) {
    var own = broker.channelBytes(channel);
    // the messages between servers have a channel of their own
    return presence.covers(channel) ? CHANNEL + 2 * own : own;
  }

  /** Whether other servers can exist; a {@link MemoryBroker} reaches none. */
  boolean reachesOthers() {
    return !(broker instanceof MemoryBroker);
  }

  /**
   * Subscribes to other servers' messages about a channel.
   *
   * @param channel empty for the messages that concern no channel
   */
  void subscribeToServers(String channel) {
    feeds.put(
        channel, broker.subscribe(PREFIX + channel, message -> presence.receive(channel, message)));
  }

  /** Ends the subscription of {@link #subscribeToServers}. */
  void unsubscribeFromServers(String channel) {
    var feed = feeds.remove(channel);
    if (feed != null) {
      feed.end();
    }
  }

  /**
   * Sends a message about a channel to all other servers. If the message is lost, the next digest
   * shows that.
   */
  void send(String channel, ServerMessage message) {
    try {
      var unused = broker.publish(PREFIX + channel, message.write());
      broker.flush();
    } catch (RefusedException ignored) {
      unsent.increment();
    }
  }

  @Override
  public void start() {
    broker.start();
    presence.start();
  }

  @Override
  public Feed subscribe(String channel, Subscriber subscriber, @Nullable Connection by) {
    return broker.subscribe(channel, subscriber, by);
  }

  @Override
  public CompletionStage<Void> publish(String channel, Message message, @Nullable Connection by) {
    return broker.publish(channel, message, by);
  }

  @Override
  public CompletionStage<Optional<Position>> store(String channel, Message message) {
    return broker.store(channel, message);
  }

  @Override
  public CompletionStage<Position> resetHistory(String channel) {
    return broker.resetHistory(channel);
  }

  @Override
  public Optional<Peers> peers() {
    return broker.peers();
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
    if (broker instanceof MetricSource source) {
      metrics.addAll(source.metrics());
    }
    return metrics;
  }

  @Override
  public void close() {
    presence.close();
    broker.close();
  }
}
