package io.lhttp.scripts.threads;

/** A call ran for too long: what counts against its caller. */
public final class LateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The reason for the caller and the operator: the error of the call, or that it was stopped. */
  public final RuntimeException told;

  public LateException(RuntimeException told) {
    super(told.getMessage(), told, false, false);
    this.told = told;
  }
}
