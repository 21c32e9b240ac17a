package io.lhttp.server.internal.fanout;

import io.lhttp.message.Message;

/** A connection, as its subscriptions and replays see it. Confined to its event loop. */
public interface Subscriber {
  /** Sends a publication; the subscription's policy decides about one that does not fit. */
  void deliver(Subscription subscription, SharedFrame broadcast);

  /** Sends a message that is never dropped. */
  void send(Message message);

  /** Whether the socket takes more at once. */
  boolean takes();

  /** Whether nothing is sent any more. */
  boolean closing();

  /** Ends a subscription. */
  void unsubscribe(String channel);

  /** Runs a task in a later turn of the event loop. */
  void later(Runnable task);

  /** Runs a piece of low priority work in its turn. */
  void runLowPriority(Runnable piece);

  /** Runs a replay once the client has taken some of what was sent. */
  void whenWritable(Replay replay);
}
