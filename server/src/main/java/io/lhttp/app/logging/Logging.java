package io.lhttp.app.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Layout;
import ch.qos.logback.core.spi.ContextAwareBase;
import io.lhttp.app.settings.LogSettings;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Configures Logback: lines go to standard error, from INFO on, or from the level in the
 * environment variable {@code LHTTP_LOG} on. Logback finds this class as a service, which is faster
 * than reading XML. {@link #apply} later applies an application's settings.
 *
 * <p>Events of {@code System.Logger} and {@code java.util.logging} go to the same log.
 */
public final class Logging extends ContextAwareBase implements Configurator {
  private static final String CONSOLE = "console";
  private static final long QUEUE_BYTES = 4L << 20;
  private static final Duration FLUSH_TIME = Duration.ofSeconds(2);
  private static final Repetitions REPETITIONS = new Repetitions(System::nanoTime);
  private static final LogWriter STANDARD_ERROR = standardError();

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    write(context, new LogLine(ZoneId.systemDefault()));
    context
        .getLogger(Logger.ROOT_LOGGER_NAME)
        .setLevel(Level.toLevel(System.getenv("LHTTP_LOG"), Level.INFO));
    UtilLogging.install(context);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  /** Applies the settings of the application. */
  public static void apply(LogSettings settings) {
    if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
      return;
    }
    if (settings.format() == LogSettings.Format.JSON) {
      write(context, new LogJson());
    }
    var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    settings.level().ifPresent(level -> root.setLevel(Level.toLevel(level.name())));
    UtilLogging.install(context);
  }

  /**
   * Explains failures of the application's code to a developer, and shows repeated ones in one line
   * each. Without effect on lines in JSON.
   *
   * @param explanation explains exceptions of Java code; empty for those of the server itself
   */
  public static void explain(
      LogSettings settings, Function<Throwable, Optional<FailureExplanation>> explanation) {
    if (settings.format() == LogSettings.Format.LINES
        && LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      write(
          context,
          new DeveloperLine(new LogLine(ZoneId.systemDefault()), explanation, REPETITIONS));
    }
  }

  /** Shows the next failure of each kind whole, because the application's code was replaced. */
  public static void forgetRepetitions() {
    REPETITIONS.clear();
  }

  private static void write(LoggerContext context, Layout<ILoggingEvent> layout) {
    layout.setContext(context);
    layout.start();
    var appender = new LogAppender(context, layout, STANDARD_ERROR);
    appender.setName(CONSOLE);
    appender.start();
    var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.detachAppender(CONSOLE);
    root.addAppender(appender);
  }

  /**
   * The number of log lines that were dropped because the program that reads the log was too slow.
   */
  public static long dropped() {
    return STANDARD_ERROR.dropped();
  }

  /** Waits until all lines are written, for a limited time; called before the process ends. */
  public static void flush() {
    STANDARD_ERROR.flush(FLUSH_TIME);
  }

  /** Writes the waiting lines, for a limited time, and ends the process without its hooks. */
  public static void halt(int code) {
    flush();
    Runtime.getRuntime().halt(code);
  }

  private static LogWriter standardError() {
    Runtime.getRuntime().addShutdownHook(new Thread(Logging::flush, "lhttp-log-flush"));
    return new LogWriter(
        line -> {
          System.err.write(line, 0, line.length);
          System.err.flush();
        },
        QUEUE_BYTES);
  }
}
