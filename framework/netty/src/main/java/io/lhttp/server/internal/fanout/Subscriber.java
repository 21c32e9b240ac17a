package io.lhttp.server.internal.fanout;

import io.lhttp.message.Message;

/**
 * The sending side of one connection, as its subscriptions and replays need it. Confined to the
 * connection's event loop.
 */
public interface Subscriber {
  /** Sends a delivery. If it does not fit, the policy of the subscription's channel decides. */
  void deliver(Subscription subscription, SharedFrame frame);

  /** Sends a message that is never dropped. */
  void send(Message message);

  /** Whether the socket takes more bytes at once. */
  boolean takes();

  /** Whether the connection sends no more messages, because its close has begun. */
  boolean closing();

  /** Runs a task later on the event loop. */
  void later(Runnable task);

  /** Runs a low priority task after those that wait. */
  void runLowPriority(Runnable task);

  /** Runs a replay once the client has taken some bytes. */
  void whenWritable(Replay replay);
}
