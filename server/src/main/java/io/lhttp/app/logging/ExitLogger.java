package io.lhttp.app.logging;

import java.util.Arrays;
import java.util.Optional;
import java.util.ResourceBundle;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * The logger of {@link Runtime#exit}. An exit that users' code asks for would otherwise end the
 * process without a word; this logger names the line. The thread that exits calls it.
 */
final class ExitLogger implements System.Logger {
  static final String NAME = "java.lang.Runtime";

  /** The loaders of code that is not the application's. */
  private static final Set<String> OTHERS = Set.of("app", "platform");

  @Override
  public String getName() {
    return NAME;
  }

  /** The JDK passes the stack of an exit only if the level of its event is loggable. */
  @Override
  public boolean isLoggable(Level level) {
    return level != Level.OFF;
  }

  @Override
  public void log(
      Level level,
      @Nullable ResourceBundle bundle,
      @Nullable String message,
      @Nullable Throwable thrown) {
    var line = thrown == null ? Optional.<StackTraceElement>empty() : line(thrown);
    if (line.isPresent()) {
      LoggerFactory.getLogger(NAME)
          .error("code of the application ends the process by System.exit at={}", line.get());
      Logging.flush();
    }
  }

  @Override
  public void log(
      Level level,
      @Nullable ResourceBundle bundle,
      @Nullable String format,
      @Nullable Object @Nullable ... parameters) {
    // an event without a stack says nothing about users' code
  }

  private static Optional<StackTraceElement> line(Throwable thrown) {
    return Arrays.stream(thrown.getStackTrace())
        .filter(frame -> frame.getClassLoaderName() != null)
        .filter(frame -> !OTHERS.contains(frame.getClassLoaderName()))
        .findFirst();
  }
}
