package io.lhttp.client;

/** Too much waits already; nothing was sent. The exception's message names the bound. */
public final class QueueFullException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  QueueFullException(String bound) {
    super(bound);
  }
}
