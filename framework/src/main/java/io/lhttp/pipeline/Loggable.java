package io.lhttp.pipeline;

import org.jspecify.annotations.Nullable;

/**
 * An exception as a log may have it. Its message may quote what a client wrote: control characters
 * are escaped, so that nobody forges a line, and what is too long is cut. Stack traces stay.
 */
final class Loggable extends Throwable {
  private static final long serialVersionUID = 1L;
  private static final int MAX_LENGTH = 1_000;
  private static final int MAX_DEPTH = 8;

  private Loggable(Throwable of, int depth) {
    super(escape(of.toString()), cause(of, depth), true, true);
    setStackTrace(of.getStackTrace());
    for (var suppressed : of.getSuppressed()) {
      if (depth < MAX_DEPTH) {
        addSuppressed(new Loggable(suppressed, depth + 1));
      }
    }
  }

  /** The same exception where there is nothing to escape or to cut. */
  static Throwable of(Throwable thrown) {
    return harmless(thrown, 0) ? thrown : new Loggable(thrown, 0);
  }

  private static @Nullable Throwable cause(Throwable of, int depth) {
    var cause = of.getCause();
    return cause == null || depth == MAX_DEPTH ? null : new Loggable(cause, depth + 1);
  }

  private static boolean harmless(Throwable thrown, int depth) {
    var text = thrown.toString();
    if (depth > MAX_DEPTH || text.length() > MAX_LENGTH || !text.equals(escape(text))) {
      return false;
    }
    for (var suppressed : thrown.getSuppressed()) {
      if (!harmless(suppressed, depth + 1)) {
        return false;
      }
    }
    return thrown.getCause() == null || harmless(thrown.getCause(), depth + 1);
  }

  private static String escape(String text) {
    var escaped = new StringBuilder();
    for (var i = 0; i < Math.min(text.length(), MAX_LENGTH); i++) {
      var c = text.charAt(i);
      switch (c) {
        case '\r' -> escaped.append("\\r");
        case '\n' -> escaped.append("\\n");
        default -> {
          if (Character.isISOControl(c) || Character.getType(c) == Character.FORMAT) {
            escaped.append("\\u%04x".formatted((int) c));
          } else {
            escaped.append(c);
          }
        }
      }
    }
    return text.length() > MAX_LENGTH ? escaped.append("...").toString() : escaped.toString();
  }
}
