package io.lhttp.nats.internal.publish;

import io.lhttp.RefusedException;
import io.lhttp.channel.Broker;
import io.lhttp.channel.History;
import io.lhttp.message.Message;
import io.lhttp.nats.internal.link.Refusals;
import java.util.concurrent.atomic.LongAdder;

/**
 * Stops deliveries and publications once the broker is closed, and counts the lost publications
 * that were reported to subscribers. {@link io.lhttp.nats.NatsBroker} owns it, and its
 * subscriptions share it. Safe for all threads; no method blocks.
 */
public final class DeliveryGate {
  private final LongAdder missed = new LongAdder();
  private volatile boolean open = true;

  public boolean isOpen() {
    return open;
  }

  /** Stops all deliveries and publications for good. */
  public void close() {
    open = false;
  }

  /**
   * Checks that publishing is still allowed.
   *
   * @throws RefusedException 503 once the gate is closed
   */
  public void requireOpen() {
    if (!open) {
      throw Refusals.brokerAway();
    }
  }

  /** Reports lost publications to a subscriber, and counts them. */
  public void reportMissed(Broker.Subscriber subscriber, long count) {
    missed.add(count);
    subscriber.missed(count);
  }

  /** The number of lost publications that were reported. */
  public long missed() {
    return missed.sum();
  }

  /** Wraps a subscriber, so that deliveries reach it only while the gate is open. */
  public Broker.Subscriber guard(Broker.Subscriber subscriber) {
    return new Guarded(subscriber);
  }

  private final class Guarded implements Broker.Subscriber {
    private final Broker.Subscriber to;

    Guarded(Broker.Subscriber to) {
      this.to = to;
    }

    @Override
    public void deliver(Message message) {
      if (open) {
        to.deliver(message);
      }
    }

    @Override
    public void deliver(History.Entry entry) {
      if (open) {
        to.deliver(entry);
      }
    }

    @Override
    public void deliver(History.Entry entry, Message published) {
      if (open) {
        to.deliver(entry, published);
      }
    }

    @Override
    public void missed(long count) {
      if (open) {
        reportMissed(to, count);
      }
    }

    @Override
    public void rewound(long offset) {
      if (open) {
        to.rewound(offset);
      }
    }
  }
}
