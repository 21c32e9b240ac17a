package io.lhttp.app.logging;

import io.lhttp.internal.log.ErrorLog;
import java.io.IOException;
import java.time.Duration;
import java.util.ResourceBundle;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * The log of the JDK's HTTP server, on which the admin listener runs. Without a file descriptor for
 * a connection, that server tries again at once and uses a whole processor. It reports this to its
 * log alone, on the thread that accepts, so this logger pauses that thread.
 */
public final class AcceptLogger implements System.Logger {
  static final String NAME = "com.sun.net.httpserver";

  /** The pause after a failure to accept a connection. */
  public static final Duration PAUSE = Duration.ofMillis(100);

  private static final LongAdder FAILURES = new LongAdder();

  private final System.Logger log;
  private final ErrorLog errors =
      new ErrorLog(LoggerFactory.getLogger(NAME), "accepting a connection to the admin listener");

  AcceptLogger(System.Logger log) {
    this.log = log;
  }

  /** The number of failures to accept a connection, in this process. */
  public static long failures() {
    return FAILURES.sum();
  }

  @Override
  public String getName() {
    return log.getName();
  }

  @Override
  public boolean isLoggable(Level level) {
    return log.isLoggable(level);
  }

  @Override
  public void log(
      Level level,
      @Nullable ResourceBundle bundle,
      @Nullable String message,
      @Nullable Throwable thrown) {
    if (thrown instanceof IOException && accepting(thrown)) {
      FAILURES.increment();
      errors.add(thrown);
      pause();
    } else {
      log.log(level, bundle, message, thrown);
    }
  }

  @Override
  public void log(
      Level level,
      @Nullable ResourceBundle bundle,
      @Nullable String format,
      @Nullable Object @Nullable ... parameters) {
    log.log(level, bundle, format, parameters);
  }

  private static boolean accepting(Throwable thrown) {
    for (var frame : thrown.getStackTrace()) {
      if (frame.getClassName().equals("sun.nio.ch.ServerSocketChannelImpl")) {
        return true;
      }
    }
    return false;
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
