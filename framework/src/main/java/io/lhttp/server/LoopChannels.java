package io.lhttp.server;

import java.util.HashMap;
import java.util.Map;

/** Who of one event loop's connections is subscribed to what. Confined to the loop. */
final class LoopChannels {
  private final Map<String, Bag<Subscription>> channels = new HashMap<>();

  void add(Subscription subscription) {
    channels.computeIfAbsent(subscription.channel, c -> new Bag<>()).add(subscription);
  }

  void remove(Subscription subscription) {
    var subscribers = channels.get(subscription.channel);
    if (subscribers == null) {
      return;
    }
    subscribers.remove(subscription);
    if (subscribers.size() == 0) {
      channels.remove(subscription.channel);
    }
  }

  /** Every subscriber of the channel has missed so many; returns how many that is in all. */
  long missed(String channel, long count) {
    var subscribers = channels.get(channel);
    if (subscribers == null) {
      return 0;
    }
    for (var i = 0; i < subscribers.size(); i++) {
      subscribers.get(i).missed += count;
    }
    return count * subscribers.size();
  }

  void deliver(String channel, Broadcast broadcast) {
    var subscribers = channels.get(channel);
    if (subscribers == null) {
      return;
    }
    for (var i = subscribers.size() - 1; i >= 0; i--) {
      var subscription = subscribers.get(i);
      if (broadcast.offset == 0 || subscription.takes(broadcast.offset)) {
        subscription.session.outbound().deliver(subscription, broadcast);
      }
    }
  }
}
