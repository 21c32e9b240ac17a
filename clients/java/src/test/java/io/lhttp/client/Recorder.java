package io.lhttp.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.message.Message;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Collects the events that a client reports, in order. */
final class Recorder implements Listener {
  /** An event that the client reported. */
  sealed interface Event {}

  record Opened() implements Event {}

  record Received(Message message) implements Event {}

  record Missed(Gap gap) implements Event {}

  record Delivered(Delivery delivery) implements Event {}

  record Lost(Subscription subscription, RequestRefusedException refusal) implements Event {}

  record ServerSubscribed(String channel) implements Event {}

  record ServerUnsubscribed(String channel, int status) implements Event {}

  record Failed(Throwable error) implements Event {}

  record Ended(Closed closed) implements Event {}

  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();

  @Override
  public void onOpen(LhttpClient client) {
    events.add(new Opened());
  }

  @Override
  public void onMessage(LhttpClient client, Message message) {
    events.add(new Received(message));
  }

  @Override
  public void onGap(LhttpClient client, Gap gap) {
    events.add(new Missed(gap));
  }

  @Override
  public void onClose(LhttpClient client, Closed closed) {
    events.add(new Ended(closed));
  }

  @Override
  public void onSubscriptionLost(
      LhttpClient client, Subscription subscription, RequestRefusedException refusal) {
    events.add(new Lost(subscription, refusal));
  }

  @Override
  public void onServerSubscribed(LhttpClient client, String channel) {
    events.add(new ServerSubscribed(channel));
  }

  @Override
  public void onServerUnsubscribed(
      LhttpClient client, String channel, RequestRefusedException why) {
    events.add(new ServerUnsubscribed(channel, why.status()));
  }

  @Override
  public void onError(LhttpClient client, Throwable error) {
    events.add(new Failed(error));
  }

  /** The callback to pass to {@link LhttpClient#subscribe}. */
  void onDelivery(Delivery delivery) {
    events.add(new Delivered(delivery));
  }

  /** Waits for the next event, which has to have this type. */
  <E extends Event> E next(Class<E> type) {
    var event = next();
    assertThat(event).isInstanceOf(type);
    return type.cast(event);
  }

  /** Waits for the next event of this type, and drops others. */
  <E extends Event> E skipTo(Class<E> type) {
    while (true) {
      var event = next();
      if (type.isInstance(event)) {
        return type.cast(event);
      }
    }
  }

  /** Whether an event of this type was reported and not taken yet. */
  boolean contains(Class<? extends Event> type) {
    return events.stream().anyMatch(type::isInstance);
  }

  private Event next() {
    try {
      var event = events.poll(30, TimeUnit.SECONDS);
      if (event == null) {
        throw new AssertionError("no event in 30 seconds");
      }
      return event;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  Message message() {
    return next(Received.class).message();
  }

  Delivery delivery() {
    return next(Delivered.class).delivery();
  }

  Gap gap() {
    return next(Missed.class).gap();
  }

  Closed closed() {
    return next(Ended.class).closed();
  }
}
