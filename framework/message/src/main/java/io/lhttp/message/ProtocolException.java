package io.lhttp.message;

/**
 * Bytes that are no LHTTP message; carries the status that refuses them and where they went wrong.
 */
public final class ProtocolException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final int offset;

  /**
   * @param status the status to answer with: 400, 413, 431 or 505
   * @param offset bytes from the start of the message, also for what is wrong in a part
   * @param reason one line for people, without any of the client's bytes
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
