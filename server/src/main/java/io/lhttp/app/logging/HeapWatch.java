package io.lhttp.app.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Ends the process after an {@link OutOfMemoryError} of the heap that is logged or ends a thread.
 * The launcher asks for it if it can't leave that to the JVM, which would also end the process for
 * want of memory for classes. All threads may use it.
 */
public final class HeapWatch {
  /** The launcher sets this system property to true to start the watch. */
  static final String PROPERTY = "lhttp.end-without-heap";

  /** The JVM's exit code of {@code -XX:+ExitOnOutOfMemoryError}. */
  private static final int EXIT_CODE = 3;

  private static final int MOST_CAUSES = 8;

  /** The kinds of exhausted memory that make only a reload or a thread fail, not the server. */
  private static final Set<String> HARMLESS = Set.of("Metaspace", "Compressed class space");

  private HeapWatch() {}

  /** Begins to watch, if the launcher asks for it. */
  public static void start() {
    if (Boolean.getBoolean(PROPERTY)) {
      Thread.setDefaultUncaughtExceptionHandler((thread, thrown) ->
          LoggerFactory.getLogger(HeapWatch.class)
              .error("a thread ended name={}", thread.getName(), thrown));
    }
  }

  /** Ends the process if an event reports that the heap is exhausted. */
  static void look(ILoggingEvent event) {
    if (event.getThrowableProxy() != null
        && Boolean.getBoolean(PROPERTY)
        && isExhausted(event.getThrowableProxy())) {
      Logging.halt(EXIT_CODE);
    }
  }

  static boolean isExhausted(@Nullable IThrowableProxy thrown) {
    var cause = thrown;
    for (var depth = 0; cause != null && depth < MOST_CAUSES; depth++) {
      if (cause.getClassName().equals(OutOfMemoryError.class.getName())
          && !HARMLESS.contains(String.valueOf(cause.getMessage()))
          && !String.valueOf(cause.getMessage()).startsWith("unable to create native thread")) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }
}
