package io.lhttp.internal.channel;

import io.lhttp.Connection;
import io.lhttp.channel.Broker;
import io.lhttp.message.Message;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A broker that records calls that break its contract, and refuses calls when a test says so. Safe
 * for all threads.
 */
final class FakeBroker implements Broker {
  private final Map<String, Subscriber> subscribed = new HashMap<>();
  private final List<String> wrong = new ArrayList<>();
  private Optional<RuntimeException> refusal = Optional.empty();
  private int subscriptions;
  private final List<Message> published = new ArrayList<>();

  @Override
  public void start() {}

  @Override
  public synchronized Feed subscribe(
      String channel, Subscriber subscriber, @Nullable Connection by) {
    refuseIfTold();
    subscriptions++;
    if (subscribed.put(channel, subscriber) != null) {
      wrong.add("subscribed twice: " + channel);
    }
    return new Feed() {
      @Override
      public CompletionStage<Void> publish(Message message, @Nullable Connection by) {
        return FakeBroker.this.publish(channel, message, by);
      }

      @Override
      public void end() {
        unsubscribe(channel, subscriber);
      }
    };
  }

  private synchronized void unsubscribe(String channel, Subscriber subscriber) {
    if (!subscribed.remove(channel, subscriber)) {
      wrong.add("unsubscribed without a subscription: " + channel);
    }
    refuseIfTold();
  }

  @Override
  public CompletionStage<Void> publish(String channel, Message message, @Nullable Connection by) {
    Subscriber to;
    synchronized (this) {
      refuseIfTold();
      published.add(message);
      to = subscribed.get(channel);
    }
    if (to != null) {
      to.deliver(message);
    }
    return TAKEN;
  }

  @Override
  public void close() {}

  synchronized void refuseWith(RuntimeException refusal) {
    this.refusal = Optional.of(refusal);
  }

  synchronized void refuseNothing() {
    refusal = Optional.empty();
  }

  synchronized Set<String> subscribed() {
    return Set.copyOf(subscribed.keySet());
  }

  /** The number of calls of {@code subscribe}. */
  synchronized int subscriptions() {
    return subscriptions;
  }

  synchronized int published() {
    return published.size();
  }

  synchronized List<Message> messages() {
    return List.copyOf(published);
  }

  /** The calls of the server that break the contract of a broker. */
  synchronized List<String> wrong() {
    return List.copyOf(wrong);
  }

  private void refuseIfTold() {
    if (refusal.isPresent()) {
      throw refusal.get();
    }
  }
}
