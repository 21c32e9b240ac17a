package io.lhttp.app.run;

import io.lhttp.app.assembly.Application;
import io.lhttp.app.code.CauseText;
import io.lhttp.app.code.source.LoadedSources;
import io.lhttp.internal.log.Loggable;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Describes an exception of the application's Java code in one line, for the client of {@code dev}:
 * {@code filters/Pool.java:12: java.lang.IllegalStateException: no pool}. All threads may use it.
 */
final class FailureWords implements Function<Throwable, String> {
  /** The most exceptions that the search visits, with the first one. */
  private static final int MOST = 9;

  private final Supplier<Application> running;

  /**
   * @param running returns the running application, whose folder has the sources
   */
  FailureWords(Supplier<Application> running) {
    this.running = running;
  }

  @Override
  public String apply(Throwable thrown) {
    var root = root(thrown);
    return place(thrown).or(() -> place(root)).map(place -> place + ": ").orElse("")
        + Loggable.text(thrown)
        + (root.equals(thrown) ? "" : ", caused by " + Loggable.text(root));
  }

  private static Throwable root(Throwable thrown) {
    return Loggable.causes(thrown, MOST).getLast();
  }

  /** Returns the innermost line of a source of the folder, or else of a jar. */
  Optional<String> place(Throwable thrown) {
    var frames = CauseText.usersFrames(thrown.getStackTrace()).toList();
    return frames.stream()
        .flatMap(frame -> source(frame).stream())
        .findFirst()
        .or(() -> frames.stream().findFirst().map(this::place));
  }

  /** Returns the line of a source of the folder, or else what the frame knows of its file. */
  String place(StackTraceElement frame) {
    return source(frame)
        .orElseGet(() ->
            frame.getFileName() == null
                ? "unknown source"
                : frame.getLineNumber() < 0
                    ? frame.getFileName()
                    : frame.getFileName() + ":" + frame.getLineNumber());
  }

  private Optional<String> source(StackTraceElement frame) {
    return LoadedSources.of(frame)
        .map(source ->
            running.get().folder().relativize(source.path())
                + (frame.getLineNumber() < 0 ? "" : ":" + frame.getLineNumber()));
  }
}
