package io.lhttp.client;

import io.lhttp.message.Message;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** Queues a callback of the application for each event of the client. All threads may use it. */
final class Notifier {
  private final LhttpClient client;
  private final Listener listener;
  private final CallbackQueue callbacks;

  /** Whether the application has closed the client. From then on received messages are dropped. */
  private volatile boolean muted;

  Notifier(LhttpClient client, Listener listener, CallbackQueue callbacks) {
    this.client = client;
    this.listener = listener;
    this.callbacks = callbacks;
  }

  void mute() {
    muted = true;
  }

  void opened() {
    callbacks.add(() -> guard(() -> listener.onOpen(client)));
  }

  void closed(Closed closed) {
    callbacks.add(() -> guard(() -> listener.onClose(client, closed)));
  }

  /** Queues the last callback. */
  void ended(Closed closed, CompletableFuture<Closed> afterwards) {
    closed(closed);
    callbacks.add(() -> afterwards.complete(closed));
  }

  void lost(Subscription subscription, RequestRefusedException refusal) {
    callbacks.add(() -> guard(() -> listener.onSubscriptionLost(client, subscription, refusal)));
  }

  void serverSubscribed(String channel) {
    callbacks.add(() -> guard(() -> listener.onServerSubscribed(client, channel)));
  }

  void serverUnsubscribed(String channel, RequestRefusedException why) {
    callbacks.add(() -> guard(() -> listener.onServerUnsubscribed(client, channel, why)));
  }

  void message(Message message) {
    callbacks.add(
        () -> message(message, Gap.channels(message), () -> listener.onMessage(client, message)),
        message.size());
  }

  void delivered(String channel, List<Subscription> subscribers, Message message) {
    var delivery = new Delivery(channel, message, Delivery.missed(message));
    callbacks.add(
        () ->
            message(
                message,
                List.of(channel),
                () -> subscribers.forEach(one -> guard(() -> one.deliver(delivery)))),
        message.size());
  }

  void present(
      Consumer<Present> callback, List<Subscription> subscribers, Present present, int bytes) {
    callbacks.add(
        () -> {
          if (!muted && subscribers.stream().anyMatch(subscription -> subscription.active)) {
            guard(() -> callback.accept(present));
          }
        },
        bytes);
  }

  /**
   * Queues a call of {@code onError}.
   *
   * @param bytes the size of the message that caused the error; 0 without one
   */
  void failed(Throwable why, int bytes) {
    callbacks.add(() -> guard(() -> listener.onError(client, why)), bytes);
  }

  void gap(Gap gap) {
    callbacks.add(() -> {
      if (!muted) {
        guard(() -> listener.onGap(client, gap));
      }
    });
  }

  private void message(Message message, List<String> channels, Runnable callback) {
    if (muted) {
      return;
    }
    var missed = message.headers().has("id") ? 0 : Delivery.missed(message);
    if (missed > 0) {
      guard(() -> listener.onGap(client, Gap.counted(channels, missed)));
    }
    guard(callback);
  }

  private void guard(Runnable callback) {
    try {
      callback.run();
    } catch (Throwable e) { // Kotlin and Scala can throw undeclared checked exceptions
      report(e);
    }
  }

  private void report(Throwable failure) {
    try {
      listener.onError(client, failure);
    } catch (Throwable e) {
      e.addSuppressed(failure);
      new Listener() {}.onError(client, e);
    }
  }
}
