package io.lhttp.filters.auth;

/** Thrown if a token is refused. Only the operator gets the message, never the client. */
final class BadTokenException extends Exception {
  private static final long serialVersionUID = 1L;

  private final RefusalReason reason;

  BadTokenException(RefusalReason reason, String message) {
    super(message, null, false, false);
    this.reason = reason;
  }

  RefusalReason reason() {
    return reason;
  }
}
