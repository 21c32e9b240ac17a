package io.lhttp.scripts.errors;

import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Value;

/**
 * Thrown for a promise that a script rejected with a value that is no error. Such a value has no
 * place in the source.
 */
public final class RejectedPromise extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private RejectedPromise(String text) {
    super("a promise was rejected with " + text, null, false, false);
  }

  /**
   * Returns the error with which the promise was rejected, or this exception if the value is no
   * error. Called on the script's thread.
   */
  public static Throwable of(Value error) {
    if (!error.isException()) {
      return new RejectedPromise(ThrownText.text(error));
    }
    try {
      return error.throwException();
    } catch (PolyglotException e) {
      return e;
    }
  }

  String text() {
    return String.valueOf(getMessage());
  }
}
