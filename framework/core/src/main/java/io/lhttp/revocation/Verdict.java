package io.lhttp.revocation;

import io.lhttp.CloseStatus;

/** The reason why a user or token is not let in. */
public enum Verdict {
  /** The token is revoked; another token of the user may be accepted. */
  REVOKED(401, CloseStatus.UNAUTHENTICATED.because("revoked")),
  /** The user is blocked, whatever the token. */
  BLOCKED(403, CloseStatus.FORBIDDEN.because("blocked"));

  private final int status;

  @SuppressWarnings("ImmutableEnumChecker") // a record of a number and a text
  private final CloseStatus close;

  Verdict(int status, CloseStatus close) {
    this.status = status;
    this.close = close;
  }

  /** The status of a refused message. */
  public int status() {
    return status;
  }

  /** The code and reason with which the server closes a connection. */
  public CloseStatus close() {
    return close;
  }

  /** One word for the client. */
  public String reason() {
    return close.reason();
  }
}
