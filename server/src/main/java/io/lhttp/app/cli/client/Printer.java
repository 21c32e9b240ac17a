package io.lhttp.app.cli.client;

import io.lhttp.app.logging.Printable;
import io.lhttp.message.Header;
import io.lhttp.message.Message;
import java.io.PrintWriter;

/**
 * Prints messages: each whole message on one line, without control characters that could affect the
 * terminal. All threads may use it.
 */
final class Printer {
  private static final int LIMIT = 1024 * 1024;

  private final PrintWriter out;
  private final boolean bodies;

  /**
   * @param bodies whether to print the body alone, unchanged, without command and headers
   */
  Printer(PrintWriter out, boolean bodies) {
    this.out = out;
    this.bodies = bodies;
  }

  void print(Message message) {
    out.println(bodies ? message.body() : line(message));
  }

  /** Formats a message as {@code COMMAND {NAME: VALUE, …} BODY}. */
  static String line(Message message) {
    var line = new StringBuilder(message.command());
    var separator = " {";
    for (Header header : message.headers()) {
      line.append(separator).append(header.name()).append(": ").append(header.value());
      separator = ", ";
    }
    line.append(separator.equals(", ") ? "}" : "");
    if (message.bodyLength() > 0) {
      line.append(' ')
          .append(
              message.format() == Message.Format.BINARY
                  ? "(%d bytes)".formatted(message.bodyLength())
                  : message.body());
    }
    return Printable.of(line.toString(), LIMIT);
  }
}
