package io.lhttp;

/**
 * A reply to a message, on its way to the sender. Used on the exchange's thread.
 *
 * <p>By default the reply has the request's command, and the request's headers without {@code
 * authorization}. Once a header is set, or after {@link #withoutHeaders}, the reply has the set
 * headers alone.
 *
 * <p>The reply always has the request's {@code id} and frame type.
 */
public interface Reply {
  Reply command(String command);

  Reply header(String name, String value);

  /** Drops the request's headers, and all headers set so far. */
  Reply withoutHeaders();

  Reply body(String body);

  /** Sets the body. If the request is a text, the bytes must be well-formed UTF-8. */
  Reply body(byte[] body);

  /**
   * Sends the reply; each reply can be sent once.
   *
   * @throws IllegalArgumentException if a command or header is malformed, or the body of a text is
   *     not UTF-8; nothing is sent then
   */
  void send();
}
