package io.lhttp.scripts.threads;

/** Thrown if a call took too long, which counts as a strike against its client. */
public final class LateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The error for the client and the log: the call's own error, or that the call was stopped. */
  public final RuntimeException error;

  public LateException(RuntimeException error) {
    super(error.getMessage(), error, false, false);
    this.error = error;
  }
}
