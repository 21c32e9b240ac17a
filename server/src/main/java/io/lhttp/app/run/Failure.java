package io.lhttp.app.run;

import io.lhttp.app.config.ConfigurationException;
import io.lhttp.app.config.Shown;
import java.net.ConnectException;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ParseResult;

/** A command that could not do its work, in words for whoever typed it. */
public final class Failure extends Exception {
  private static final long serialVersionUID = 1;

  public Failure(String message) {
    super(message);
  }

  public Failure(String message, Throwable cause) {
    super(message, cause);
  }

  /** The innermost message that there is: what the JDK wraps around it tells users little. */
  public static String reason(Throwable thrown) {
    var reason = "";
    for (var cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause.getMessage() != null) {
        reason = cause.getMessage();
      } else if (cause instanceof ConnectException) {
        return "connection refused"; // the JDK's client leaves the words away
      }
    }
    return reason.isEmpty() ? thrown.getClass().getSimpleName() : reason;
  }

  /** Prints the words and nothing else; what nobody has words for is logged with its stack. */
  public static int tell(Exception e, CommandLine command, ParseResult parsed) {
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
