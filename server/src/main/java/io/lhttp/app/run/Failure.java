package io.lhttp.app.run;

import io.lhttp.app.config.ConfigurationException;
import io.lhttp.app.config.Shown;
import java.net.ConnectException;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ParseResult;

/** Thrown if a command failed. The message is for the command's user. */
public final class Failure extends Exception {
  private static final long serialVersionUID = 1;

  public Failure(String message) {
    super(message);
  }

  public Failure(String message, Throwable cause) {
    super(message, cause);
  }

  /** Returns the message of the innermost cause, because the messages around it say little. */
  public static String reason(Throwable thrown) {
    var reason = "";
    for (var cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause.getMessage() != null) {
        reason = cause.getMessage();
      } else if (cause instanceof ConnectException) {
        return "connection refused"; // the JDK's HTTP client gives no message for this
      }
    }
    return reason.isEmpty() ? thrown.getClass().getSimpleName() : reason;
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
              .println("lhttp: " + Shown.sentence(String.valueOf(failure.getMessage())));
      default -> LoggerFactory.getLogger(Failure.class).error("failed unexpectedly", e);
    }
    return ExitCode.SOFTWARE;
  }
}
