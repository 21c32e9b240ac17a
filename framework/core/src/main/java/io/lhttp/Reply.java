package io.lhttp;

/**
 * A reply to a message. Without a command of its own it has the request's. Without a header of its
 * own it has the request's headers but {@code authorization}; with one, exactly those that were
 * set. The request's {@code id} is on it in any case. It goes out in the frame type of the request.
 */
public interface Reply {
  Reply command(String command);

  Reply header(String name, String value);

  Reply body(String body);

  /** In reply to a text these bytes have to be well-formed UTF-8. */
  Reply body(byte[] body);

  /**
   * Sends it; a reply is sent once.
   *
   * @throws IllegalArgumentException where a command or header is malformed, or the body of a text
   *     is no UTF-8; nothing is sent
   */
  void send();
}
