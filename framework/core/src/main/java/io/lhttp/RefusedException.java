package io.lhttp;

/**
 * Refuses a request with a status and a reason. If a filter or processor throws it, it becomes the
 * message's outcome and does not count as a failure of the link.
 */
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
