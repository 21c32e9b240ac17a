package io.lhttp.filters.presence;

import io.lhttp.Connection;
import io.lhttp.Measure;
import io.lhttp.Measured;
import io.lhttp.RefusedException;
import io.lhttp.message.Message;
import io.lhttp.pubsub.Broker;
import io.lhttp.pubsub.History;
import io.lhttp.pubsub.MemoryBroker;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.LongAdder;

/**
 * A broker, and on it what servers tell each other of who is there: on channels with a space in
 * their names, which no client can say.
 */
final class Carrier implements Broker, Measured {
  private static final String PREFIX = "presence ";

  private final Broker broker;
  private final Presence presence;
  private final LongAdder unsent = new LongAdder();

  Carrier(Broker broker, Presence presence) {
    this.broker = broker;
    this.presence = presence;
  }

  /** Whether there can be other servers. */
  boolean reachesOthers() {
    return !(broker instanceof MemoryBroker);
  }

  /** Empty for what is of no channel. */
  void listen(String channel) {
    broker.subscribe(PREFIX + channel);
  }

  void ignore(String channel) {
    broker.unsubscribe(PREFIX + channel);
  }

  /** What gets lost is found by the digests. */
  void tell(String channel, Wire wire) {
    try {
      var _ = broker.publish(PREFIX + channel, wire.write());
      broker.flush();
    } catch (RefusedException _) {
      unsent.increment();
    }
  }

  @Override
  public void start(Deliveries deliveries) {
    broker.start(
        new Deliveries() {
          @Override
          public void deliver(String channel, Message message) {
            if (channel.startsWith(PREFIX)) {
              presence.heard(channel.substring(PREFIX.length()), message);
            } else {
              deliveries.deliver(channel, message);
            }
          }

          @Override
          public void deliver(String channel, History.Entry entry) {
            if (channel.startsWith(PREFIX)) {
              presence.heard(channel.substring(PREFIX.length()), entry.message());
            } else {
              deliveries.deliver(channel, entry);
            }
          }

          @Override
          public void missed(String channel, long count) {
            if (!channel.startsWith(PREFIX)) {
              deliveries.missed(channel, count);
            }
          }
        });
    presence.start();
  }

  @Override
  public void subscribe(String channel) {
    broker.subscribe(channel);
  }

  @Override
  public void unsubscribe(String channel) {
    broker.unsubscribe(channel);
  }

  @Override
  public CompletionStage<Void> publish(String channel, Message message) {
    return broker.publish(channel, message);
  }

  @Override
  public void flush() {
    broker.flush();
  }

  @Override
  public Optional<History> history(String channel) {
    return broker.history(channel);
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
  public List<Measure> measures() {
    var measures = new ArrayList<>(presence.measures());
    measures.add(
        Measure.counter(
            "presence_unsent",
            "What could not be told to other servers, and is told later.",
            unsent.sum()));
    if (broker instanceof Measured measured) {
      measures.addAll(measured.measures());
    }
    return measures;
  }

  @Override
  public void close() {
    presence.close();
    broker.close();
  }
}
