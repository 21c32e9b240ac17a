package io.lhttp.server.internal.http;

/** Thrown for a well-formed HTTP request that this server refuses. */
final class RefusedRequestException extends Exception {
  private static final long serialVersionUID = 1;

  private final int status;
  private final String reason;

  RefusedRequestException(int status, String reason) {
    super(reason, null, false, false);
    this.status = status;
    this.reason = reason;
  }

  int status() {
    return status;
  }

  String reason() {
    return reason;
  }
}
