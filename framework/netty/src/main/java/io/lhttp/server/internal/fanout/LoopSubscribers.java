package io.lhttp.server.internal.fanout;

import io.lhttp.internal.channel.Hub;

/**
 * One event loop's subscriptions to one channel; the endpoint creates it. Confined to the event
 * loop, but for the hub's methods.
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
  public void deliver(SharedFrame frame) {
    endpoint.deliver(this, frame);
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
  void take(SharedFrame frame) {
    for (var i = size() - 1; i >= 0; i--) {
      var subscription = get(i);
      if (frame.offset == 0 || subscription.takes(frame.offset)) {
        subscription.subscriber.deliver(subscription, frame);
      }
    }
  }

  /** Adds to the dropped deliveries of every subscriber; returns the sum. */
  long miss(long count) {
    for (var i = 0; i < size(); i++) {
      get(i).missed += count;
    }
    return count * size();
  }
}
