package io.lhttp.filters.presence;

import io.lhttp.Connection;
import io.lhttp.Metric;
import io.lhttp.MetricSource;
import io.lhttp.RefusedException;
import io.lhttp.channel.Broker;
import io.lhttp.channel.ForwardingBroker;
import io.lhttp.channel.MemoryBroker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * A broker that reports joins and leaves to {@link Presence}, and carries the messages between
 * servers. The messages between servers use channels with a space in their names, to which no
 * client can subscribe. {@link Presence} creates it, and the server uses it as its delegate(). Safe
 * for all threads.
 */
final class PresenceBroker extends ForwardingBroker implements MetricSource {
  private static final String PREFIX = "presence ";

  /** The estimated memory of a channel's presence with one member, in bytes. */
  private static final int CHANNEL = 1536;

  private final Presence presence;
  private final LongAdder unsent = new LongAdder();

  /**
   * The subscriptions to other servers' messages, by the channel whose members the messages
   * concern.
   */
  private final Map<String, Feed> feeds = new ConcurrentHashMap<>();

  PresenceBroker(Broker broker, Presence presence) {
    super(broker);
    this.presence = presence;
  }

  @Override
  public int channelBytes(String channel) {
    var own = super.channelBytes(channel);
    // the messages between servers have a channel of their own
    return presence.covers(channel) ? CHANNEL + 2 * own : own;
  }

  /** Whether other servers can exist; a {@link MemoryBroker} reaches none. */
  boolean reachesOthers() {
    return !(delegate() instanceof MemoryBroker);
  }

  /**
   * Subscribes to other servers' messages about a channel.
   *
   * @param channel empty for the messages that concern no channel
   */
  void subscribeToServers(String channel) {
    feeds.put(
        channel,
        delegate().subscribe(PREFIX + channel, message -> presence.receive(channel, message)));
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
      var unused = delegate().publish(PREFIX + channel, message.write());
      delegate().flush();
    } catch (RefusedException ignored) {
      unsent.increment();
    }
  }

  @Override
  public void start() {
    super.start();
    presence.start();
  }

  @Override
  public void joined(Connection connection, String channel) {
    presence.joined(connection, channel);
    super.joined(connection, channel);
  }

  @Override
  public void left(Connection connection, String channel, boolean gone) {
    presence.left(connection, channel, gone);
    super.left(connection, channel, gone);
  }

  @Override
  public List<Metric> metrics() {
    var metrics = new ArrayList<>(presence.metrics());
    metrics.add(
        Metric.counter(
            "presence_publish_failures",
            "Presence messages that could not be published and are sent later.",
            unsent.sum()));
    if (delegate() instanceof MetricSource source) {
      metrics.addAll(source.metrics());
    }
    return metrics;
  }

  @Override
  public void close() {
    presence.close();
    super.close();
  }
}
