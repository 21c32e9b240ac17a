package io.lhttp.chain;

import io.lhttp.internal.log.Loggable;
import org.jspecify.annotations.Nullable;

/** A link could not hand its state over, or take it over. The cause is that of the link. */
public final class HandOverException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String failed;

  /**
   * @param failed what the link could not do, as the end of a sentence about it
   */
  public HandOverException(String failed, @Nullable Throwable cause) {
    super(cause == null ? failed : failed + ": " + Loggable.text(cause), cause);
    this.failed = failed;
  }

  /** The action that failed in the link, in words, without the cause. */
  public String failed() {
    return failed;
  }
}
