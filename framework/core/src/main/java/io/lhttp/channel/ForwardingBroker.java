package io.lhttp.channel;

import io.lhttp.Connection;
import io.lhttp.message.Message;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A broker that passes every call to another one. A subclass overrides the calls that it changes or
 * watches. Safe for all threads.
 */
public abstract class ForwardingBroker implements Broker {
  private final Broker broker;

  /**
   * @param broker gets the calls; this object closes it
   */
  protected ForwardingBroker(Broker broker) {
    this.broker = broker;
  }

  /** The broker that gets the calls. */
  protected final Broker delegate() {
    return broker;
  }

  @Override
  public void start() {
    broker.start();
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
  public Optional<Retention> retention(String channel) {
    return broker.retention(channel);
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
  public int channelBytes(String channel) {
    return broker.channelBytes(channel);
  }

  @Override
  public void joined(Connection connection, String channel) {
    broker.joined(connection, channel);
  }

  @Override
  public void left(Connection connection, String channel, boolean gone) {
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
  public void close() {
    broker.close();
  }
}
