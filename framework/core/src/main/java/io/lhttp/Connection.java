package io.lhttp;

import io.lhttp.message.Message;
import java.time.Duration;
import java.util.List;

/**
 * One client's connection. All threads may use it, and no method blocks.
 *
 * <p>Messages of one thread are sent in their order. The bytes that wait are bounded: a client that
 * does not read is closed with {@link CloseStatus#TOO_SLOW}.
 */
public interface Connection {
  /**
   * The connection's id, unique in this process and, with high probability, among all servers; at
   * most 22 characters.
   */
  String id();

  Handshake handshake();

  /**
   * Whether this connection stands for one {@code POST /publish}. It ends with its one message, and
   * no other message has its {@link #id}.
   */
  default boolean single() {
    return false;
  }

  /**
   * Whether a trusted proxy has sent the handshake. Only then a header that proxies set, such as a
   * tenant's name, is not the client's own text.
   */
  default boolean fromTrustedProxy() {
    return false;
  }

  /** The event loop of this connection; other threads may give it tasks. */
  ConnectionExecutor executor();

  Principal principal();

  /**
   * Sets the connection's user. All subscriptions stay at first.
   *
   * <p>If the user changes and the client has requested subscriptions, {@link Filter#onReview} runs
   * before the next message. There a filter may {@linkplain Subscriptions#revoke revoke}
   * subscriptions that the client requested.
   *
   * <p>Under another name the connection is another member of its channels' presence.
   */
  void authenticate(Principal principal);

  /** The connection's attributes. They live as long as the connection, also across reloads. */
  Attributes attributes();

  /**
   * Sends a message as it is, in the frame type of its format. On a closed connection the call does
   * nothing.
   *
   * <p>A client's message has that client's credentials and {@code id}. Code that sends one on to
   * another client has to remove them, by {@link io.lhttp.channel.Publications#stripped}.
   */
  void send(Message message);

  /**
   * Closes the connection. Messages that were sent before still leave, later ones do not. A second
   * call does nothing.
   */
  void close(CloseStatus code);

  /**
   * Closes the connection after a delay, for permissions that expire, such as a login. The returned
   * deadline can cancel the close, and it outlives a reload of the chain.
   *
   * <p>Several deadlines run side by side, so the caller cancels a deadline that it replaces.
   *
   * @param delay zero or a negative delay closes at once
   */
  Deadline closeAfter(Duration delay, CloseStatus code);

  /** Whether neither the server nor the client has begun to close the connection. */
  boolean open();

  /** The connection's subscriptions to channels. */
  default Subscriptions subscriptions() {
    return Subscriptions.none();
  }

  /**
   * Subscribes the connection to a channel on behalf of the server's code, see {@link
   * Subscriptions#subscribe}.
   */
  default void subscribe(String channel) {
    subscribe(List.of(channel));
  }

  /**
   * Subscribes the connection on behalf of the server's code: to all of the channels, or to none if
   * one is refused.
   */
  default void subscribe(List<String> channels) {
    subscriptions().subscribe(SubscriptionRequest.of(channels));
  }

  /** Ends the subscription to a channel, whether the client or the server's code requested it. */
  default void unsubscribe(String channel) {
    subscriptions().unsubscribe(channel);
  }

  /** The number of bytes of sent messages that the socket has not taken yet. */
  long queuedBytes();

  /** A planned close. All threads may use it. */
  @FunctionalInterface
  interface Deadline {
    /** Cancels the close; does nothing if it has happened or was cancelled. */
    void cancel();
  }
}
