package io.lhttp.client;

/** A queue is full, and nothing was sent. The exception's message names the bound. */
public final class QueueFullException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  QueueFullException(String bound) {
    super(bound);
  }
}
