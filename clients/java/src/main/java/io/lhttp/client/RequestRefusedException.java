package io.lhttp.client;

import io.lhttp.message.Message;
import java.time.Duration;
import java.util.Optional;

/** The server has refused a message. */
public final class RequestRefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String error;
  private final transient Optional<Duration> retryAfter;

  RequestRefusedException(int status, String error, Optional<Duration> retryAfter) {
    super("refused with " + status + (error.isEmpty() ? "" : ": " + error), null, false, false);
    this.status = status;
    this.error = error;
    this.retryAfter = retryAfter;
  }

  /** The refusal that a reply is, if it is one. */
  static Optional<RequestRefusedException> in(Message reply) {
    return Status.of(reply)
        .filter(status -> status >= 400)
        .map(status ->
            new RequestRefusedException(
                status,
                reply.header("error").orElse(""),
                reply.header("retry-after").flatMap(RetryAfter::ofHeader)));
  }

  /** HTTP's numbers, 400 and above. */
  public int status() {
    return status;
  }

  /** One line of words for people, as the server sent it; empty where it sent none. */
  public String error() {
    return error;
  }

  /** How long the server asks to wait; at most an hour. */
  public Optional<Duration> retryAfter() {
    return retryAfter;
  }

  /** Whether the same message may succeed later on the same connection. */
  boolean isTransient() {
    return switch (status) {
      case 429, 500, 502, 503, 504 -> true;
      default -> false;
    };
  }
}
