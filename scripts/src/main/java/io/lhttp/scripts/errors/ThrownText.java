package io.lhttp.scripts.errors;

import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Value;

/**
 * Formats values that a script throws, or with which it rejects a promise. Used on the script's
 * thread.
 */
final class ThrownText {
  private static final int LONGEST = 1_000;

  private ThrownText() {}

  /** Returns the message of an error, or the text of another value. */
  static String text(PolyglotException e) {
    var thrown = e.isGuestException() ? e.getGuestObject() : null;
    return thrown == null || thrown.isNull() || thrown.hasMember("stack")
        ? message(e)
        : text(thrown, message(e));
  }

  /** Returns the text of a value that is no error. */
  static String text(Value value) {
    return text(value, "something that has no text");
  }

  private static String text(Value value, String otherwise) {
    try {
      var text = value.isString() ? value.asString() : value.toString();
      return cut(text);
    } catch (PolyglotException _) {
      return otherwise; // the value has a toString of its own, and it throws
    }
  }

  /** Returns the text with 1,000 characters at most. */
  static String cut(String text) {
    return text.length() > LONGEST ? text.substring(0, LONGEST) + "…" : text;
  }

  private static String message(PolyglotException e) {
    return e.getMessage() == null ? "it failed" : e.getMessage();
  }
}
