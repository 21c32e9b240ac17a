package io.lhttp.app.logging;

import ch.qos.logback.classic.LoggerContext;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.SimpleFormatter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Passes events of {@code java.util.logging} to Logback. */
final class UtilLogging extends Handler {
  private UtilLogging() {
    setFormatter(new SimpleFormatter());
  }

  /**
   * Replaces the handlers of {@code java.util.logging}, and sets the levels of its loggers to those
   * of Logback.
   */
  static void install(LoggerContext context) {
    var root = LogManager.getLogManager().getLogger("");
    for (var handler : root.getHandlers()) {
      root.removeHandler(handler);
    }
    root.addHandler(new UtilLogging());
    root.setLevel(level(context.getLogger(Logger.ROOT_LOGGER_NAME).getEffectiveLevel()));
  }

  @Override
  public void publish(LogRecord event) {
    var name = event.getLoggerName() == null ? "java.util.logging" : event.getLoggerName();
    LoggerFactory.getLogger(name)
        .atLevel(level(event.getLevel()))
        .setCause(event.getThrown())
        .setMessage(getFormatter().formatMessage(event))
        .log();
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}

  private static org.slf4j.event.Level level(Level level) {
    var value = level.intValue();
    if (value >= Level.SEVERE.intValue()) {
      return org.slf4j.event.Level.ERROR;
    } else if (value >= Level.WARNING.intValue()) {
      return org.slf4j.event.Level.WARN;
    } else if (value >= Level.INFO.intValue()) {
      return org.slf4j.event.Level.INFO;
    }
    return value >= Level.FINE.intValue()
        ? org.slf4j.event.Level.DEBUG
        : org.slf4j.event.Level.TRACE;
  }

  private static Level level(ch.qos.logback.classic.Level level) {
    return switch (level.toInt()) {
      case ch.qos.logback.classic.Level.ERROR_INT -> Level.SEVERE;
      case ch.qos.logback.classic.Level.WARN_INT -> Level.WARNING;
      case ch.qos.logback.classic.Level.INFO_INT -> Level.INFO;
      case ch.qos.logback.classic.Level.DEBUG_INT -> Level.FINE;
      default -> Level.ALL;
    };
  }
}
