package io.lhttp.filters.occupancy;

import io.lhttp.Connection;
import io.lhttp.Metric;
import io.lhttp.MetricSource;
import io.lhttp.RefusedException;
import io.lhttp.channel.Broker;
import io.lhttp.channel.ForwardingBroker;
import io.lhttp.channel.History;
import io.lhttp.channel.Peers;
import io.lhttp.message.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A broker that tells {@link Occupancy} of the first and the last subscriber of each channel on
 * this server, and carries the messages between servers. These use a channel with a space in its
 * name, to which no client can subscribe. Safe for all threads.
 */
final class OccupancyBroker extends ForwardingBroker implements MetricSource {
  private static final String SERVERS = "occupancy ";

  /** The estimated memory of a channel's entries in bytes. */
  private static final int CHANNEL = 512;

  private final Occupancy occupancy;

  OccupancyBroker(Broker broker, Occupancy occupancy) {
    super(broker);
    this.occupancy = occupancy;
  }

  /** Whether other servers can exist. */
  boolean reachesOthers() {
    return !delegate().peers().filter(Peers.none()::equals).isPresent();
  }

  /** Sends a message to all other servers; returns false if the broker does not take it. */
  boolean send(Message message) {
    try {
      var unused = delegate().publish(SERVERS, message);
      return true;
    } catch (RefusedException e) {
      return false;
    }
  }

  @Override
  public void start() {
    super.start();
    if (reachesOthers()) {
      var unused = delegate().subscribe(SERVERS, occupancy::receive);
    }
    occupancy.start();
  }

  @Override
  public Feed subscribe(String channel, Subscriber subscriber, @Nullable Connection by) {
    var feed = super.subscribe(channel, subscriber, by);
    occupancy.opened(channel, by);
    return new CountedFeed(feed, channel);
  }

  /** A subscription whose end is the end of the channel's subscribers on this server. */
  private final class CountedFeed implements Feed {
    private final Feed feed;
    private final String channel;

    CountedFeed(Feed feed, String channel) {
      this.feed = feed;
      this.channel = channel;
    }

    @Override
    public CompletionStage<Void> publish(Message message, @Nullable Connection by) {
      return feed.publish(message, by);
    }

    @Override
    public Optional<History> history() {
      return feed.history();
    }

    @Override
    public void end() {
      occupancy.closed(channel);
      feed.end();
    }
  }

  @Override
  public int channelBytes(String channel) {
    return CHANNEL + super.channelBytes(channel);
  }

  @Override
  public List<Metric> metrics() {
    var metrics = new ArrayList<>(occupancy.metrics());
    if (delegate() instanceof MetricSource source) {
      metrics.addAll(source.metrics());
    }
    return metrics;
  }

  @Override
  public void close() {
    occupancy.close();
    super.close();
  }
}
