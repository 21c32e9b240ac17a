package io.lhttp;

/** What was asked for is refused. Uncaught, it becomes the message's outcome, not a failure. */
public final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Outcome.Refused refusal;

  public RefusedException(int status, String reason) {
    this(Outcome.refused(status, reason));
  }

  public RefusedException(Outcome.Refused refusal) {
    super(refusal.status() + " " + refusal.reason(), null, false, false);
    this.refusal = refusal;
  }

  public Outcome.Refused refusal() {
    return refusal;
  }
}
