package io.lhttp.nats.internal.link;

import io.lhttp.ClientKey;
import io.lhttp.RefusedException;
import io.nats.client.Connection;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

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
  private final ByteShares shares;

  /**
   * The publications that count for a client, in the order in which jnats writes them. Guarded by
   * this object's lock; {@link #bound} bounds their bytes.
   */
  private final Queue<Counted> counted = new ArrayDeque<>();

  /**
   * A publication that counts for its client.
   *
   * @param end the value of {@link #handedOver} after it; once jnats has written as many bytes, the
   *     publication no longer waits
   */
  private record Counted(ClientKey client, int bytes, long end) {}

  SendBudget(long bound) {
    this.bound = bound;
    this.shares = new ByteShares(bound);
  }

  /**
   * Counts the bytes of a publication.
   *
   * @param by the publishing client's connection; null for the server's own code
   * @throws RefusedException 503 if too many bytes wait in jnats, 429 if too many of this client
   */
  void reserve(Connection connection, int bytes, io.lhttp.@Nullable Connection by) {
    var out = connection.getStatistics().getOutBytes();
    var in = handedOver.get();
    if (in < out) {
      handedOver.compareAndSet(in, out);
    } else if (in - out > bound) {
      throw Refusals.brokerAway();
    } else if (by != null && shares.scarce(in - out)) {
      reserveShare(ClientKey.of(by), bytes, out, in - out);
      return;
    }
    reserve(bytes);
  }

  private synchronized void reserveShare(ClientKey client, int bytes, long out, long waiting) {
    for (var first = counted.peek(); first != null && first.end <= out; first = counted.peek()) {
      shares.giveBack(first.client, first.bytes);
      counted.remove();
    }
    if (!shares.take(client, bytes, waiting)) {
      throw Refusals.clientShare();
    }
    counted.add(new Counted(client, bytes, handedOver.addAndGet(bytes)));
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
  synchronized void reset(Connection connection) {
    counted.clear();
    shares.clear();
    handedOver.set(connection.getStatistics().getOutBytes() + connection.outgoingPendingBytes());
  }
}
