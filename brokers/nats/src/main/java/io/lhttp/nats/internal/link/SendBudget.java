package io.lhttp.nats.internal.link;

import io.nats.client.Connection;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds the bytes that jnats keeps until the socket takes them. Owned by a {@link NatsLink}; safe
 * for all threads, and no method blocks.
 *
 * <p>jnats' own count would block during a reconnect. Instead the bytes handed to jnats are
 * compared with the bytes that it has written. The result is a little too low while bytes are
 * written, as jnats' protocol bytes are not counted, but exact enough while none are.
 */
final class SendBudget {
  private final long bound;
  private final AtomicLong handedOver = new AtomicLong();

  SendBudget(long bound) {
    this.bound = bound;
  }

  /** Counts bytes and returns true; returns false if jnats keeps too many. */
  boolean tryReserve(Connection connection, int bytes) {
    var out = connection.getStatistics().getOutBytes();
    var in = handedOver.get();
    if (in < out) {
      handedOver.compareAndSet(in, out);
    } else if (in - out > bound) {
      return false;
    }
    reserve(bytes);
    return true;
  }

  /** Counts bytes without regard to the bound. */
  void reserve(int bytes) {
    handedOver.addAndGet(bytes);
  }

  /** The bytes that jnats keeps. */
  long waiting(Connection connection) {
    return Math.max(0, handedOver.get() - connection.getStatistics().getOutBytes());
  }

  /** Begins anew after a reconnect: requests under way are lost, but waiting bytes are not. */
  void reset(Connection connection) {
    handedOver.set(connection.getStatistics().getOutBytes() + connection.outgoingPendingBytes());
  }
}
