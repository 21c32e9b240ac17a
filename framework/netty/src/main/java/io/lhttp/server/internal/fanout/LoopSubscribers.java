package io.lhttp.server.internal.fanout;

import io.lhttp.internal.channel.Hub;

/**
 * One event loop's subscriptions to one channel; the endpoint creates it. Confined to the event
 * loop, except for the methods that the hub calls.
 */
public final class LoopSubscribers extends IndexedBag<Subscription>
    implements Hub.LocalSubscribers<SharedFrame> {
  public final String name;

  private final LoopEndpoint endpoint;

  LoopSubscribers(LoopEndpoint endpoint, String name) {
    this.endpoint = endpoint;
    this.name = name;
  }

  /** All threads may call this method. */
  @Override
  public int endpoint() {
    return endpoint.index();
  }

  /** All threads may call this method. */
  @Override
  public void deliver(SharedFrame frame) {
    endpoint.deliver(this, frame);
  }

  /** All threads may call this method. */
  @Override
  public void missed(long count) {
    endpoint.missed(this, count);
  }

  /** All threads may call this method. */
  @Override
  public void rewound(long offset) {
    endpoint.offer(() -> {
      for (var i = 0; i < size(); i++) {
        get(i).rewind(offset);
      }
    });
  }

  /** All threads may call this method. */
  @Override
  public boolean congested() {
    return endpoint.congested();
  }

  /** All threads may call this method. */
  @Override
  public void ended() {
    endpoint.ended(this);
  }

  /** Passes a delivery to every subscriber. */
  void take(SharedFrame frame) {
    for (var i = size() - 1; i >= 0; i--) {
      var subscription = get(i);
      if (frame.offset == 0 || subscription.advanceTo(frame.offset)) {
        subscription.subscriber.deliver(subscription, frame);
      }
    }
    frame.taken(size());
  }

  /** Counts deliveries as dropped for every subscriber; returns the sum over all subscribers. */
  long miss(long count) {
    for (var i = 0; i < size(); i++) {
      get(i).missed += count;
    }
    return count * size();
  }
}
