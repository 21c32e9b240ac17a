package io.lhttp.client;

/**
 * Thrown if the connection was lost before the reply came, or the client was closed. The server may
 * have received the message nevertheless.
 */
public final class ConnectionClosedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Closed closed;

  ConnectionClosedException(Closed closed) {
    super(
        "the connection was closed: " + closed.code() + " " + closed.reason(),
        closed.cause().orElse(null));
    this.closed = closed;
  }

  public Closed closed() {
    return closed;
  }
}
