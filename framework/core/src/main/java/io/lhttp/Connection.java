package io.lhttp;

import io.lhttp.message.Message;
import java.time.Duration;
import java.util.List;
import java.util.Set;

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

  /** From now on, this is who speaks here. */
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

  /** Code's own subscription to one channel, see {@link #subscribe(SubscriptionRequest)}. */
  default void subscribe(String channel) {
    subscribe(List.of(channel));
  }

  /** Code's own subscription, see {@link #subscribe(SubscriptionRequest)}. */
  default void subscribe(List<String> channels) {
    subscribe(SubscriptionRequest.of(channels));
  }

  /**
   * From now on, messages that are published to these channels are delivered here: to all of them
   * or, where one is refused, to none. To subscribe twice is to subscribe once.
   *
   * <p>Where a history is asked for, each channel is answered with a subscription reply, then with
   * what was asked for, then live; a connection that is subscribed already may ask again.
   *
   * <p>Subscriptions that the client has asked for are looked at again, see {@link
   * Filter#onReview}. A subscription that code has made is that code's, also where the client asks
   * for it as well. A connection that takes no deliveries ignores the call.
   *
   * @throws RefusedException 400 for a malformed name, 409 over the limit of channels, 503 where
   *     the broker is out of reach; nothing has changed then
   */
  void subscribe(SubscriptionRequest request);

  /** The channels that the client itself has asked for, and no code. */
  default Set<String> asked() {
    return channels();
  }

  /**
   * Ends a subscription with a word to the client: a message whose header {@code unsubscribed} says
   * which one it was, with {@code status} and {@code error}. Does nothing where there is none.
   */
  default void revoke(String channel, Outcome.Refused why) {
    unsubscribe(channel);
  }

  /**
   * The opposite; does nothing where there is no subscription. What was published before may still
   * come.
   */
  void unsubscribe(String channel);

  /** The channels that it is subscribed to, as they are now. */
  Set<String> channels();

  /** Bytes that were sent and that the socket has not taken yet. */
  long queuedBytes();

  /** A close that is to come. Safe for all threads. */
  @FunctionalInterface
  interface Deadline {
    /** Calls it off; does nothing where it has passed or was called off before. */
    void cancel();
  }
}
