package io.lhttp.app.code;

import io.lhttp.app.code.source.LoadedSources;
import io.lhttp.internal.log.Loggable;
import io.lhttp.internal.measure.InnermostFrame;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Describes exceptions of users' code for the log: each exception and cause on its own line, with
 * the line of the user's code that threw.
 */
public final class CauseText {
  private static final int MOST = 8;

  private CauseText() {}

  /** Returns the exception and its causes, the first one without indentation. */
  public static String inWords(Throwable thrown) {
    return Loggable.causes(thrown, MOST).stream()
        .map(cause ->
            Loggable.text(cause)
                + place(cause).map(place -> "\n      at " + place).orElse("")
                + ClassHints.missing(cause))
        .collect(Collectors.joining("\n    caused by "));
  }

  /**
   * Returns the exception of the initialiser if the JVM wrapped it, or else the exception itself.
   */
  static Throwable root(Throwable thrown) {
    @Nullable Throwable cause = Loggable.cause(thrown);
    return thrown instanceof ExceptionInInitializerError && cause != null ? cause : thrown;
  }

  /**
   * Describes the causes of an exception, each on its own line; empty without causes. Leaves out
   * the first causes as long as the exception's message already contains their messages.
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

  /** The innermost stack frame in a source of the user, or else in a jar. */
  private static Optional<String> place(Throwable thrown) {
    try {
      var frames = usersFrames(thrown.getStackTrace()).toList();
      return frames.stream()
          .filter(frame -> LoadedSources.hasLoader(frame, CodeLoader.NAME))
          .findFirst()
          .or(() -> frames.stream().findFirst())
          .map(InnermostFrame::text);
    } catch (Throwable unspeakable) {
      return Optional.empty();
    }
  }

  /** The stack frames in code of users, from sources and jars, innermost first. */
  public static Stream<StackTraceElement> usersFrames(StackTraceElement[] frames) {
    return Arrays.stream(frames)
        .filter(frame ->
            LoadedSources.hasLoader(frame, CodeLoader.NAME)
                || LoadedSources.hasLoader(frame, JarLoader.NAME));
  }
}
