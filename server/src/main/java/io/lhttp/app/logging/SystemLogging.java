package io.lhttp.app.logging;

import java.text.MessageFormat;
import java.util.MissingResourceException;
import java.util.ResourceBundle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Passes events of {@code System.Logger} to Logback. The JDK finds it as a service. */
public final class SystemLogging extends System.LoggerFinder {
  @Override
  public System.Logger getLogger(String name, Module module) {
    return switch (name) {
      case ExitLogger.NAME -> new ExitLogger();
      default -> new Ours(LoggerFactory.getLogger(name));
    };
  }

  private record Ours(Logger log) implements System.Logger {
    @Override
    public String getName() {
      return log.getName();
    }

    @Override
    public boolean isLoggable(Level level) {
      return level != Level.OFF && log.isEnabledForLevel(level(level));
    }

    @Override
    public void log(
        Level level,
        @Nullable ResourceBundle bundle,
        @Nullable String message,
        @Nullable Throwable thrown) {
      if (isLoggable(level)) {
        log.atLevel(level(level)).setCause(thrown).setMessage(text(bundle, message)).log();
      }
    }

    @Override
    public void log(
        Level level,
        @Nullable ResourceBundle bundle,
        @Nullable String format,
        @Nullable Object @Nullable ... parameters) {
      if (isLoggable(level)) {
        log.atLevel(level(level)).setMessage(text(text(bundle, format), parameters)).log();
      }
    }

    private static String text(@Nullable ResourceBundle bundle, @Nullable String message) {
      try {
        return bundle == null || message == null
            ? String.valueOf(message)
            : bundle.getString(message);
      } catch (MissingResourceException | ClassCastException _) {
        return String.valueOf(message);
      }
    }

    private static String text(String format, @Nullable Object @Nullable [] parameters) {
      if (parameters == null || parameters.length == 0) {
        return format;
      }
      try {
        return MessageFormat.format(format, parameters);
      } catch (IllegalArgumentException _) {
        return format;
      }
    }

    private static org.slf4j.event.Level level(Level level) {
      return switch (level) {
        case ALL, TRACE -> org.slf4j.event.Level.TRACE;
        case DEBUG -> org.slf4j.event.Level.DEBUG;
        case INFO -> org.slf4j.event.Level.INFO;
        case WARNING -> org.slf4j.event.Level.WARN;
        case ERROR, OFF -> org.slf4j.event.Level.ERROR;
      };
    }
  }
}
