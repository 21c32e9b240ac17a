package io.lhttp.scripts.threads;

/** A call took too long, which counts as a strike against its caller. */
public final class LateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The error for the client and the log: that of the call itself, or that it was stopped. */
  public final RuntimeException error;

  public LateException(RuntimeException error) {
    super(error.getMessage(), error, false, false);
    this.error = error;
  }
}
