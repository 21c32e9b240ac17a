package io.lhttp.server.internal.fanout;

import io.lhttp.internal.channel.Hub;

/**
 * Who of one event loop's connections is subscribed to one channel. Confined to the loop, but for
 * what the hub calls.
 */
public final class LoopSubscribers extends IndexedBag<Subscription>
    implements Hub.LocalSubscribers<SharedFrame> {
  public final String name;

  private final LoopEndpoint endpoint;

  LoopSubscribers(LoopEndpoint endpoint, String name) {
    this.endpoint = endpoint;
    this.name = name;
  }

  /** Any thread. */
  @Override
  public int endpoint() {
    return endpoint.index();
  }

  /** Any thread. */
  @Override
  public void deliver(SharedFrame broadcast) {
    endpoint.deliver(this, broadcast);
  }

  /** Any thread. */
  @Override
  public void missed(long count) {
    endpoint.missed(this, count);
  }

  /** Any thread. */
  @Override
  public void rewound(long offset) {
    endpoint.offer(() -> {
      for (var i = 0; i < size(); i++) {
        get(i).rewind(offset);
      }
    });
  }

  /** Any thread. */
  @Override
  public boolean congested() {
    return endpoint.congested();
  }

  /** Hands a delivery to every subscriber. */
  void take(SharedFrame broadcast) {
    for (var i = size() - 1; i >= 0; i--) {
      var subscription = get(i);
      if (broadcast.offset == 0 || subscription.takes(broadcast.offset)) {
        subscription.subscriber.deliver(subscription, broadcast);
      }
    }
  }

  /** Every subscriber has missed so many; returns how many that is in all. */
  long miss(long count) {
    for (var i = 0; i < size(); i++) {
      get(i).missed += count;
    }
    return count * size();
  }
}
