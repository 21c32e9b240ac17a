package io.lhttp.app.code;

import io.lhttp.internal.log.Loggable;
import io.lhttp.internal.measure.InnermostFrame;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Describes exceptions of users' code: each cause on a line, with the user's line that threw. */
public final class Causes {
  private static final int MOST = 8;

  private Causes() {}

  /** Returns the exception and its causes, the first one without indentation. */
  public static String inWords(Throwable thrown) {
    var lines = new ArrayList<String>();
    @Nullable Throwable at = thrown;
    while (at != null && lines.size() < MOST) {
      lines.add(Loggable.text(at) + place(at).map(place -> "\n      at " + place).orElse(""));
      at = Loggable.cause(at);
    }
    return String.join("\n    caused by ", lines);
  }

  /** Returns the exception behind those by which the JVM reports a failed initialisation. */
  static Throwable root(Throwable thrown) {
    @Nullable Throwable cause = Loggable.cause(thrown);
    return thrown instanceof ExceptionInInitializerError && cause != null ? cause : thrown;
  }

  /**
   * Returns the causes of an exception, each on a line of its own; empty without causes. The first
   * ones are left out if the exception's message contains theirs.
   */
  static String behind(Throwable thrown) {
    var message = message(thrown);
    @Nullable Throwable cause = Loggable.cause(thrown);
    while (cause != null && message != null && repeats(message, cause)) {
      cause = Loggable.cause(cause);
    }
    return cause == null ? "" : "\n    caused by " + inWords(cause);
  }

  private static boolean repeats(String message, Throwable cause) {
    var text = message(cause);
    return text != null && message.contains(text);
  }

  /** Returns the exception's message; null if there is none, or if it throws. */
  static @Nullable String message(Throwable thrown) {
    try {
      return thrown.getMessage();
    } catch (RuntimeException | Error unspeakable) {
      return null;
    }
  }

  /** The innermost line of users' code: of a source, else of a jar. */
  private static Optional<String> place(Throwable thrown) {
    try {
      var frames = usersFrames(thrown.getStackTrace()).toList();
      return frames.stream()
          .filter(frame -> CodeLoader.NAME.equals(frame.getClassLoaderName()))
          .findFirst()
          .or(() -> frames.stream().findFirst())
          .map(InnermostFrame::text);
    } catch (Throwable unspeakable) {
      return Optional.empty();
    }
  }

  /** The frames of users' code, of sources and jars alike, innermost first. */
  public static Stream<StackTraceElement> usersFrames(StackTraceElement[] frames) {
    return Arrays.stream(frames)
        .filter(frame ->
            CodeLoader.NAME.equals(frame.getClassLoaderName())
                || JarLoader.NAME.equals(frame.getClassLoaderName()));
  }
}
