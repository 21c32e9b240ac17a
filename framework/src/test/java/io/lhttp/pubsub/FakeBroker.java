package io.lhttp.pubsub;

import io.lhttp.message.Message;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/** A broker that checks how it is used, and refuses when told to. Safe for all threads. */
final class FakeBroker implements Broker {
  private final Set<String> subscribed = new HashSet<>();
  private final List<String> wrong = new ArrayList<>();
  private Optional<RuntimeException> refusal = Optional.empty();
  private Deliveries deliveries = (channel, message) -> {};
  private int subscriptions;
  private int published;

  @Override
  public synchronized void start(Deliveries deliveries) {
    this.deliveries = deliveries;
  }

  @Override
  public synchronized void subscribe(String channel) {
    refuseIfTold();
    subscriptions++;
    if (!subscribed.add(channel)) {
      wrong.add("subscribed twice: " + channel);
    }
  }

  @Override
  public synchronized void unsubscribe(String channel) {
    if (!subscribed.remove(channel)) {
      wrong.add("unsubscribed without a subscription: " + channel);
    }
    refuseIfTold();
  }

  @Override
  public CompletionStage<Void> publish(String channel, Message message) {
    Deliveries to;
    synchronized (this) {
      refuseIfTold();
      published++;
      to = deliveries;
    }
    to.deliver(channel, message);
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
    return Set.copyOf(subscribed);
  }

  /** How often it was asked to subscribe. */
  synchronized int subscriptions() {
    return subscriptions;
  }

  synchronized int published() {
    return published;
  }

  /** What the server should not have done. */
  synchronized List<String> wrong() {
    return List.copyOf(wrong);
  }

  private void refuseIfTold() {
    if (refusal.isPresent()) {
      throw refusal.get();
    }
  }
}
