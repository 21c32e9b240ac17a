package io.lhttp.client;

import io.lhttp.message.Message;

/**
 * Passes each received message to its request, its subscription or the listener. The client's lock
 * guards it.
 */
final class IncomingRouter {
  private final PendingRequests requests;
  private final Subscriptions subscriptions;
  private final Notifier notifier;

  IncomingRouter(PendingRequests requests, Subscriptions subscriptions, Notifier notifier) {
    this.requests = requests;
    this.subscriptions = subscriptions;
    this.notifier = notifier;
  }

  void receive(Message message) {
    var headers = message.headers();
    if (headers.has("id")) {
      takeReply(message);
    } else if (headers.has("subscribed")) {
      subscriptions.takeServerSubscription(message);
    } else if (headers.has("unsubscribed")) {
      subscriptions.takeRevocation(message);
    } else if (message.command().equals("presence") && !headers.has("publish")) {
      takePresence(message);
    } else {
      takeDelivery(message);
    }
  }

  private void takeReply(Message message) {
    var id = message.header("id").orElse("");
    var taken =
        requests.settle(message)
            || (requests.isOwn(id) && subscriptions.takeSubscriptionReply(id, message))
            || requests.isLate(id, message);
    if (!taken) {
      notifier.message(message);
    }
  }

  private void takePresence(Message message) {
    var channel = message.header("channel").flatMap(subscriptions::get);
    var callback = channel.flatMap(Channel::presence);
    if (channel.isEmpty() || callback.isEmpty()) {
      notifier.message(message);
      return;
    }
    var subscribers = channel.get().subscribers;
    if (subscribers.isEmpty()) {
      return; // the application has unsubscribed in the meantime
    }
    try {
      var present = channel.get().applyPresence(message);
      notifier.present(callback.get(), subscribers, present, message.size());
    } catch (IllegalArgumentException e) {
      notifier.failed(e, message.size());
    }
  }

  private void takeDelivery(Message message) {
    var found = subscriptions.channelOf(message);
    if (found.isEmpty()) {
      notifier.message(message);
      return;
    }
    var channel = found.get();
    if (channel.abandoned()) {
      return; // the application has unsubscribed in the meantime
    }
    var arrival = channel.takeDelivery(message);
    if (arrival == Channel.Arrival.AFTER_A_GAP) {
      notifier.gap(Gap.unknown(channel.name));
    }
    if (arrival != Channel.Arrival.AGAIN && channel.subscribers.isEmpty()) {
      notifier.message(message);
    } else if (arrival != Channel.Arrival.AGAIN) {
      notifier.delivered(channel.name, channel.subscribers, message);
    }
  }
}
