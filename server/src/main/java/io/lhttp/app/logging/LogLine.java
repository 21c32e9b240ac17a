package io.lhttp.app.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.core.LayoutBase;
import io.lhttp.internal.log.Loggable;
import io.lhttp.scripts.ScriptException;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Formats one event as one line: time, level, the last part of the logger's name, message, keys
 * with values. Each text passes {@link Printable} and is cut after 2,000 characters, so that a
 * client's text can neither begin a line nor control the terminal.
 *
 * <p>A stack trace follows, indented. For an error of a script, the explanation for its author
 * follows instead.
 */
final class LogLine extends LayoutBase<ILoggingEvent> {
  private static final int MESSAGE = 2_000;
  private static final int CAUSES = 8;
  private static final int FRAMES = 100;
  private static final String SCRIPT = "script.";

  private final DateTimeFormatter time;

  LogLine(ZoneId zone) {
    time = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSS").withZone(zone);
  }

  @Override
  public String doLayout(ILoggingEvent event) {
    var line = head(event).append('\n');
    if (event.getThrowableProxy() instanceof ThrowableProxy proxy
        && proxy.getThrowable() instanceof ScriptException failed) {
      line.append(indented(failed.explanation()));
    } else {
      trace(line, event.getThrowableProxy());
    }
    return line.toString();
  }

  /** Returns the line of an event, without its exception. */
  StringBuilder head(ILoggingEvent event) {
    var line = new StringBuilder(160);
    time.formatTo(event.getInstant(), line);
    line.append(' ').append(event.getLevel()).append(' ');
    line.append(lastName(event.getLoggerName())).append("  ");
    line.append(Printable.of(event.getFormattedMessage(), MESSAGE));
    if (event.getKeyValuePairs() != null) {
      for (var pair : event.getKeyValuePairs()) {
        line.append(' ').append(Printable.of(pair.key, MESSAGE));
        line.append('=').append(Printable.of(String.valueOf(pair.value), MESSAGE));
      }
    }
    return line;
  }

  /**
   * Returns the explanation of a failure, indented. Tabs are replaced by spaces, so that a caret
   * stays below its place.
   */
  static String indented(String explanation) {
    return explanation
        .lines()
        .map(line -> "  " + printable(line.replace("\t", "    ")) + "\n")
        .collect(Collectors.joining());
  }

  static String printable(String text) {
    return Printable.of(text, MESSAGE);
  }

  private static void trace(StringBuilder to, @Nullable IThrowableProxy thrown) {
    var cause = thrown;
    for (var depth = 0; cause != null && depth < CAUSES; depth++) {
      to.append(depth == 0 ? "  " : "  caused by ").append(printable(text(cause)));
      to.append('\n');
      var frames = cause.getStackTraceElementProxyArray();
      var own = frames.length - cause.getCommonFrames();
      for (var i = 0; i < Math.min(own, FRAMES); i++) {
        to.append("    ").append(frames[i].getSTEAsString()).append('\n');
      }
      cause = cause.getCause();
    }
  }

  /** Returns the class and the message of an exception. */
  static String text(IThrowableProxy thrown) {
    if (thrown instanceof ThrowableProxy proxy && proxy.getThrowable() instanceof Loggable made) {
      return String.valueOf(made.getMessage()); // begins with the class of the exception it is for
    }
    return thrown.getMessage() == null
        ? thrown.getClassName()
        : thrown.getClassName() + ": " + thrown.getMessage();
  }

  /**
   * Returns the last part of a logger's name. A script's logger keeps the name of the script's
   * file.
   */
  private static String lastName(String logger) {
    return logger.startsWith(SCRIPT)
        ? logger.substring(SCRIPT.length())
        : logger.substring(logger.lastIndexOf('.') + 1);
  }
}
