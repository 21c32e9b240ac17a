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
   * Unique in this process and, with high probability, among all servers; 22 characters at most.
   */
  String id();

  Handshake handshake();

  /**
   * Whether this is the connection of one message by {@code POST /publish}. It ends with the
   * message, and its {@link #id} is the message's alone.
   */
  default boolean single() {
    return false;
  }

  /** The event loop of this connection; other threads may give it tasks. */
  ConnectionExecutor executor();

  Principal principal();

  /**
   * Sets the connection's user. All subscriptions stay at first.
   *
   * <p>If the user changes and the client has requested subscriptions, {@link Filter#onReview} runs
   * before the next message. Filters may {@linkplain Subscriptions#revoke revoke} subscriptions of
   * the client there; those of code stay.
   *
   * <p>Under another name the connection is another member of its channels' presence.
   */
  void authenticate(Principal principal);

  /** Values that live as long as the connection, also across reloads. */
  Attributes attributes();

  /**
   * Sends a message, in the frame type of its format. Does nothing once the connection is closed.
   */
  void send(Message message);

  /**
   * Closes the connection: messages sent before still leave, later ones do not. A second call does
   * nothing.
   */
  void close(CloseStatus code);

  /**
   * Closes the connection after a delay, unless the deadline is cancelled; for permissions that
   * expire, such as a login. It outlives a reload of the chain.
   *
   * <p>Several deadlines run side by side, so the caller cancels a deadline that it replaces.
   *
   * @param delay zero or a negative delay closes at once
   */
  Deadline closeAfter(Duration delay, CloseStatus code);

  /** Whether neither side has begun to close it. */
  boolean open();

  /** The connection's subscriptions to channels. */
  default Subscriptions subscriptions() {
    return Subscriptions.none();
  }

  /** Subscribes for code, see {@link Subscriptions#subscribe}. */
  default void subscribe(String channel) {
    subscribe(List.of(channel));
  }

  /** Subscribes for code: to all of the channels, or to none if one is refused. */
  default void subscribe(List<String> channels) {
    subscriptions().subscribe(SubscriptionRequest.of(channels));
  }

  /** Ends a subscription of the client or of code. */
  default void unsubscribe(String channel) {
    subscriptions().unsubscribe(channel);
  }

  /** Bytes of sent messages that the socket has not taken yet. */
  long queuedBytes();

  /** A planned close. All threads may use it. */
  @FunctionalInterface
  interface Deadline {
    /** Cancels the close; does nothing if it has happened or was cancelled. */
    void cancel();
  }
}
