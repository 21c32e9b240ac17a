package io.lhttp.nats.internal.link;

import io.nats.client.Connection;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds the bytes that wait in jnats until the socket takes them. Owned by a {@link NatsLink};
 * safe for all threads, and no method blocks.
 *
 * <p>jnats has a bound of its own, but it blocks publishers during a reconnect. Instead this class
 * compares the bytes that were given to jnats with those that jnats has written. The difference is
 * a little too low while jnats writes, because jnats also counts bytes of the NATS protocol as
 * written. While jnats can't write, the difference is exact enough.
 */
final class SendBudget {
  private final long bound;
  private final AtomicLong handedOver = new AtomicLong();

  SendBudget(long bound) {
    this.bound = bound;
  }

  /**
   * Counts the bytes and returns true. If too many bytes wait in jnats, counts nothing and returns
   * false.
   */
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

  /** Counts the bytes, even beyond the bound. */
  void reserve(int bytes) {
    handedOver.addAndGet(bytes);
  }

  /** The number of bytes that wait in jnats. */
  long waiting(Connection connection) {
    return Math.max(0, handedOver.get() - connection.getStatistics().getOutBytes());
  }

  /** Corrects the count after a reconnect: jnats has lost some bytes, and still keeps others. */
  void reset(Connection connection) {
    handedOver.set(connection.getStatistics().getOutBytes() + connection.outgoingPendingBytes());
  }
}
