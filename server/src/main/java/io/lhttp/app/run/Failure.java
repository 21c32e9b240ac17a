package io.lhttp.app.run;

import io.lhttp.app.config.ConfigurationException;
import io.lhttp.app.config.FileTrouble;
import io.lhttp.app.config.SecretMask;
import java.io.PrintWriter;
import java.net.ConnectException;
import java.nio.file.FileSystemException;
import java.util.Locale;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ParseResult;

/** Thrown if a command failed. The message is for the command's user. */
public final class Failure extends Exception {
  private static final long serialVersionUID = 1;

  /** The exit code of {@code -XX:+ExitOnOutOfMemoryError}, too. */
  private static final int MEMORY_USED_UP = 3;

  public Failure(String message) {
    super(message);
  }

  public Failure(String message, Throwable cause) {
    super(message, cause);
  }

  /**
   * Returns the message of the innermost cause, because the messages around it say little, or words
   * for it if it has none.
   */
  public static String reason(Throwable thrown) {
    var reason = "";
    for (var cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof FileSystemException failed) {
        return FileTrouble.reason(failed);
      } else if (cause.getMessage() != null) {
        reason = cause.getMessage();
      } else if (cause instanceof ConnectException) {
        return "connection refused"; // the JDK's HTTP client gives no message for this
      }
    }
    return reason.isEmpty() ? inWords(thrown) : reason;
  }

  /** Returns the name of an exception's class as words: {@code closed channel}. */
  private static String inWords(Throwable thrown) {
    return thrown
        .getClass()
        .getSimpleName()
        .replaceFirst("(?<=.)Exception$", "")
        .replaceAll("(?<=[a-z])(?=[A-Z])", " ")
        .toLowerCase(Locale.ROOT);
  }

  /** Prints what a command without memory can be given. Returns the exit code. */
  public static int print(OutOfMemoryError error, PrintWriter err) {
    err.println("lhttp: " + StartMemory.ofThisJvm().failure(error));
    return MEMORY_USED_UP;
  }

  /**
   * Prints the message of a failure, or logs any other exception with its stack. Returns the exit
   * code.
   */
  public static int print(Exception e, CommandLine command, ParseResult parsed) {
    switch (e) {
      case ConfigurationException wrong -> command.getErr().println(wrong.getMessage());
      case Failure failure ->
          command
              .getErr()
              .println("lhttp: " + SecretMask.sentence(String.valueOf(failure.getMessage())));
      default -> LoggerFactory.getLogger(Failure.class).error("failed unexpectedly", e);
    }
    return ExitCode.SOFTWARE;
  }
}
