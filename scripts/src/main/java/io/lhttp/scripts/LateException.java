package io.lhttp.scripts;

/** A call ran for too long: what counts against its caller. */
final class LateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The reason for the caller and the operator: the error of the call, or that it was stopped. */
  final RuntimeException told;

  LateException(RuntimeException told) {
    super(told.getMessage(), told, false, false);
    this.told = told;
  }
}
