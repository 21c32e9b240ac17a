package io.lhttp.scripts.errors;

import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Value;

/** What a script throws or rejects with, in words. On the script's thread. */
final class Thrown {
  private static final int LONGEST = 1_000;

  private Thrown() {}

  /** The words of what was thrown: an error's own, or the value where it is no error. */
  static String words(PolyglotException e) {
    var thrown = e.isGuestException() ? e.getGuestObject() : null;
    return thrown == null || thrown.isNull() || thrown.hasMember("stack")
        ? said(e)
        : words(thrown, said(e));
  }

  /** The words of a value that is no error. */
  static String words(Value value) {
    return words(value, "something that has no text");
  }

  private static String words(Value value, String otherwise) {
    try {
      var text = value.isString() ? value.asString() : value.toString();
      return text.length() > LONGEST ? text.substring(0, LONGEST) + "…" : text;
    } catch (PolyglotException _) {
      return otherwise; // it has a toString of its own, which throws
    }
  }

  private static String said(PolyglotException e) {
    return e.getMessage() == null ? "it failed" : e.getMessage();
  }
}
