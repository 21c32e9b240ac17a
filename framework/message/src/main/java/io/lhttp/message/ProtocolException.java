package io.lhttp.message;

/**
 * Thrown for bytes that are no LHTTP message. It carries the status of the refusal and the place of
 * the error.
 */
public final class ProtocolException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final int offset;

  /**
   * @param status the status of the answer: 400, 413, 431 or 505
   * @param offset the place in bytes from the start of the message, even for an error in a part
   * @param reason one line for people, without bytes of the client
   */
  public ProtocolException(int status, int offset, String reason) {
    super(reason, null, false, false);
    this.status = status;
    this.offset = offset;
  }

  public int status() {
    return status;
  }

  public int offset() {
    return offset;
  }

  /** The reason without the offset. */
  public String reason() {
    return String.valueOf(super.getMessage());
  }

  @Override
  public String getMessage() {
    return reason() + " (byte " + offset + ")";
  }
}
