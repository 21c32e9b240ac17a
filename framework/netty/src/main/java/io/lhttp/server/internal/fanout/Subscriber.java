package io.lhttp.server.internal.fanout;

import io.lhttp.message.Message;

/**
 * A connection's way out, as its subscriptions and replays see it. Confined to the connection's
 * event loop.
 */
public interface Subscriber {
  /** Sends a delivery. If it does not fit, the subscription's policy decides. */
  void deliver(Subscription subscription, SharedFrame frame);

  /** Sends a message that is never dropped. */
  void send(Message message);

  /** Whether the socket takes more bytes at once. */
  boolean takes();

  /** Whether no more messages are sent. */
  boolean closing();

  /** Runs a task later on the event loop. */
  void later(Runnable task);

  /** Runs a low priority task in its turn. */
  void runLowPriority(Runnable task);

  /** Runs a replay once the client has taken some bytes. */
  void whenWritable(Replay replay);
}
