package io.lhttp;

import io.lhttp.message.Message;
import java.time.Duration;
import java.util.List;

/**
 * One client's connection. Safe for all threads; no method blocks.
 *
 * <p>What is sent from one thread goes out in that order. What waits to be sent is bounded in
 * bytes: a client that does not read is closed with {@link CloseStatus#TOO_SLOW}.
 */
public interface Connection {
  /** Unique in this process and, with high probability, among all; 22 characters at most. */
  String id();

  Handshake handshake();

  /**
   * Whether this is one message that came by {@code POST /publish}: the connection is over with it,
   * and its {@link #id} is nobody's but that message's.
   */
  default boolean single() {
    return false;
  }

  /** The thread that this connection belongs to; other threads may hand it tasks. */
  ConnectionExecutor executor();

  Principal principal();

  /**
   * From now on, this is who speaks here. All subscriptions stay at first. Where the principal
   * differs from the one before, and the client itself has asked for some of them, {@link
   * Filter#onReview} is called before the connection's next message: a filter {@linkplain
   * Subscriptions#revoke revokes} those that the new principal may not have. Code's own
   * subscriptions are left to that code. Under another name the connection is another member of its
   * channels' presence.
   */
  void authenticate(Principal principal);

  /** Values that live as long as the connection; a reload of the chain does not touch them. */
  Attributes attributes();

  /**
   * Sends a message, in the frame type of its format. Does nothing once the connection is closed.
   */
  void send(Message message);

  /**
   * Closes the connection: what was sent before still goes out, what is sent later does not. The
   * second call does nothing.
   */
  void close(CloseStatus code);

  /**
   * Closes the connection after a while, unless that is called off or it has ended before: for what
   * holds for a limited time only, as a login does. It outlives a reload of the chain. Whoever
   * replaces a deadline cancels the one before; several run side by side.
   *
   * @param delay none or a negative one closes at once
   */
  Deadline closeAfter(Duration delay, CloseStatus code);

  /** False as soon as either side has begun to close it. */
  boolean open();

  /** The channels whose publications are delivered here. */
  default Subscriptions subscriptions() {
    return Subscriptions.none();
  }

  /** Code's own subscription, see {@link Subscriptions#subscribe}. */
  default void subscribe(String channel) {
    subscribe(List.of(channel));
  }

  /** Code's own subscriptions: to all of the channels or, where one is refused, to none. */
  default void subscribe(List<String> channels) {
    subscriptions().subscribe(SubscriptionRequest.of(channels));
  }

  /** Ends a subscription, whoever has asked for it. */
  default void unsubscribe(String channel) {
    subscriptions().unsubscribe(channel);
  }

  /** Bytes that were sent and that the socket has not taken yet. */
  long queuedBytes();

  /** A close that is to come. Safe for all threads. */
  @FunctionalInterface
  interface Deadline {
    /** Calls it off; does nothing where it has passed or was called off before. */
    void cancel();
  }
}
