package io.lhttp;

import io.lhttp.message.Message;

/**
 * One client's connection. Safe for all threads; no method blocks.
 *
 * <p>What is sent from one thread goes out in that order. What waits to be sent is bounded in
 * bytes: a client that does not read is closed with {@link CloseCode#TOO_SLOW}.
 */
public interface Connection {
  /** Unique in this process and, with high probability, among all; 22 characters at most. */
  String id();

  Handshake handshake();

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
  void close(CloseCode code);

  boolean open();

  /**
   * From now on, what is published to the channel is delivered here. To subscribe twice is to
   * subscribe once.
   *
   * @throws RefusedException 400 for a malformed name, 409 over the limit of channels, 503 where
   *     the broker is out of reach
   */
  void subscribe(String channel);

  /** The opposite; does nothing where there is no subscription. */
  void unsubscribe(String channel);

  /** Bytes that were sent and that the socket has not taken yet. */
  long queuedBytes();
}
