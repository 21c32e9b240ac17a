package io.lhttp.app.run;

import io.lhttp.app.assembly.Application;
import io.lhttp.app.code.CauseText;
import io.lhttp.app.code.source.LoadedSources;
import io.lhttp.app.logging.FailureExplanation;
import io.lhttp.internal.log.Loggable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Explains an exception of the application's Java code to its developer: the place in the folder,
 * the line of the source, the methods of the application that were running, and the causes. The
 * server's own methods are left out. All threads may use it.
 */
final class FailureExplainer implements Function<Throwable, Optional<FailureExplanation>> {
  /** The most exceptions that are shown, with the first one. */
  private static final int CAUSES = 8;

  private static final int FRAMES = 30;

  /** The most methods of the JDK that are shown, from the one that threw on. */
  private static final int FOREIGN = 3;

  private final FailureWords words;

  /**
   * @param running returns the running application, whose folder has the sources
   */
  FailureExplainer(Supplier<Application> running) {
    this.words = new FailureWords(running);
  }

  /** Returns empty if the exception and its causes have passed no code of the application. */
  @Override
  public Optional<FailureExplanation> apply(Throwable thrown) {
    var all = Loggable.causes(thrown, CAUSES);
    return all.stream()
            .anyMatch(one -> CauseText.usersFrames(one.getStackTrace()).findAny().isPresent())
        ? Optional.of(new FailureExplanation(words.apply(thrown), () -> lines(all)))
        : Optional.empty();
  }

  private String lines(List<Throwable> all) {
    var text = new StringBuilder();
    var shown = "";
    for (var thrown : all) {
      var first = text.isEmpty();
      var place = words.place(thrown).orElse("");
      text.append(first ? "" : "\ncaused by ")
          .append(place.isEmpty() || place.equals(shown) ? "" : place + ": ")
          .append(Loggable.text(thrown));
      if (!place.equals(shown)) {
        sourceLine(thrown).ifPresent(line -> text.append("\n  ").append(line));
      }
      for (var frame : first ? frames(thrown) : foreign(thrown)) {
        text.append("\n    at ").append(inWords(frame));
      }
      shown = place;
    }
    return text.toString();
  }

  private static Optional<String> sourceLine(Throwable thrown) {
    return CauseText.usersFrames(thrown.getStackTrace())
        .filter(frame -> frame.getLineNumber() > 0)
        .flatMap(frame ->
            LoadedSources.of(frame).flatMap(source -> source.line(frame.getLineNumber())).stream())
        .findFirst();
  }

  /** The frames of the JDK that threw, and all of the application. */
  private static List<StackTraceElement> frames(Throwable thrown) {
    var frames = new ArrayList<>(foreign(thrown));
    CauseText.usersFrames(thrown.getStackTrace()).limit(FRAMES).forEach(frames::add);
    return frames;
  }

  /** The innermost frames before the first of the application. */
  private static List<StackTraceElement> foreign(Throwable thrown) {
    var stack = thrown.getStackTrace();
    var users = CauseText.usersFrames(stack).findFirst();
    return Arrays.stream(stack)
        .takeWhile(frame -> users.isPresent() && !frame.equals(users.get()))
        .limit(FOREIGN)
        .toList();
  }

  private String inWords(StackTraceElement frame) {
    return "%s.%s (%s)"
        .formatted(
            frame.getClassName().replaceFirst("^java\\.(lang|util)\\.", ""),
            frame.getMethodName(),
            words.place(frame));
  }
}
