package io.lhttp.client;

/**
 * Thrown if a queue is full, so that the message was not sent. The exception's text names the
 * limit.
 */
public final class QueueFullException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  QueueFullException(String bound) {
    super(bound);
  }
}
