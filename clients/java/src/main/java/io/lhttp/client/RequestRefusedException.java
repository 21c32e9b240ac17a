package io.lhttp.client;

import io.lhttp.client.internal.protocol.RetryAfter;
import io.lhttp.client.internal.protocol.Status;
import io.lhttp.message.Message;
import java.time.Duration;
import java.util.Optional;

/** Thrown if the server has refused a message. */
public final class RequestRefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String error;
  private final transient Optional<Duration> retryAfter;
  private final transient Optional<Message> reply;

  RequestRefusedException(
      int status, String error, Optional<Duration> retryAfter, Optional<Message> reply) {
    super("refused with " + status + (error.isEmpty() ? "" : ": " + error), null, false, false);
    this.status = status;
    this.error = error;
    this.retryAfter = retryAfter;
    this.reply = reply;
  }

  /** Returns the refusal that a reply contains; empty if the reply is none. */
  static Optional<RequestRefusedException> in(Message reply) {
    return Status.of(reply)
        .filter(status -> status >= 400)
        .map(status ->
            new RequestRefusedException(
                status,
                reply.header("error").orElse(""),
                reply.header("retry-after").flatMap(RetryAfter::ofHeader),
                Optional.of(reply)));
  }

  /** The status, 400 or above. */
  public int status() {
    return status;
  }

  /** The server's reason, one line for people; empty if it sent none. */
  public String error() {
    return error;
  }

  /** The pause that the server requests; at most an hour. */
  public Optional<Duration> retryAfter() {
    return retryAfter;
  }

  /** The reply that refuses the message, with its body; empty for a {@link LhttpPublisher}. */
  public Optional<Message> reply() {
    return reply;
  }

  /** Whether the same message may succeed later over the same connection. */
  boolean isTransient() {
    return switch (status) {
      case 429, 500, 502, 503, 504 -> true;
      default -> false;
    };
  }
}
