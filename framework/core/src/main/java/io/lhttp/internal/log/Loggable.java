package io.lhttp.internal.log;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * An exception that is safe to log: its message may quote a client's text. Control characters are
 * escaped, so that no client forges a line, and long texts are cut.
 *
 * <p>The stack trace stays. An exception whose own methods throw is replaced by its class's name.
 */
public final class Loggable extends Throwable {
  private static final long serialVersionUID = 1L;
  private static final int MAX_LENGTH = 1_000;
  private static final int MAX_DEPTH = 8;

  private Loggable(Throwable of, int depth) {
    super(escape(text(of)), causeAt(of, depth), true, true);
    setStackTrace(frames(of));
    for (var suppressed : of.getSuppressed()) {
      if (depth < MAX_DEPTH) {
        addSuppressed(new Loggable(suppressed, depth + 1));
      }
    }
  }

  /** Returns the same exception if it is safe already. Throws nothing. */
  public static Throwable of(Throwable thrown) {
    return harmless(thrown, 0) ? thrown : new Loggable(thrown, 0);
  }

  /** Returns the exception's own text, or its class if it has none. Throws nothing. */
  public static String text(Throwable thrown) {
    try {
      return String.valueOf(thrown.toString());
    } catch (Throwable unspeakable) {
      return thrown.getClass().getName() + " (without a message: its toString throws)";
    }
  }

  /**
   * Returns the exception's cause; null without a cause, or if the exception's own methods throw.
   * Throws nothing.
   */
  public static @Nullable Throwable cause(Throwable thrown) {
    try {
      return thrown.getCause();
    } catch (Throwable unspeakable) {
      return null;
    }
  }

  /**
   * Returns the exception with which a stage failed, without the {@link CompletionException} that
   * dependent stages put around it. Throws nothing.
   */
  public static Throwable ofStage(Throwable failure) {
    var cause = failure instanceof CompletionException ? cause(failure) : null;
    return cause == null ? failure : cause;
  }

  /**
   * Returns the exception and its causes, the outermost first; at most this number, because causes
   * may form a circle. Throws nothing.
   */
  public static List<Throwable> causes(Throwable thrown, int most) {
    var causes = new ArrayList<Throwable>();
    @Nullable Throwable cause = thrown;
    while (cause != null && causes.size() < most) {
      causes.add(cause);
      cause = cause(cause);
    }
    return causes;
  }

  private static StackTraceElement[] frames(Throwable thrown) {
    try {
      return thrown.getStackTrace().clone();
    } catch (Throwable unspeakable) {
      return new StackTraceElement[0];
    }
  }

  private static @Nullable Throwable causeAt(Throwable of, int depth) {
    var cause = cause(of);
    return cause == null || depth == MAX_DEPTH ? null : new Loggable(cause, depth + 1);
  }

  private static boolean harmless(Throwable thrown, int depth) {
    try {
      var text = thrown.toString();
      var message = thrown.getMessage();
      var tellable = message == null || text.contains(message);
      if (depth > MAX_DEPTH
          || !tellable
          || text.length() > MAX_LENGTH
          || !text.equals(escape(text))
          || !framesHaveNoHole(thrown.getStackTrace())) {
        return false;
      }
      for (var suppressed : thrown.getSuppressed()) {
        if (!harmless(suppressed, depth + 1)) {
          return false;
        }
      }
      var cause = thrown.getCause();
      return cause == null || harmless(cause, depth + 1);
    } catch (Throwable unspeakable) {
      return false;
    }
  }

  private static boolean framesHaveNoHole(StackTraceElement[] frames) {
    for (var frame : frames) {
      if (frame == null) {
        return false;
      }
    }
    return true;
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
