package io.lhttp.app.debug;

import io.lhttp.app.config.Shown;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/**
 * Prints the port for {@code dev --debug=PORT}, in a JVM of its own: the launcher starts it first,
 * because a JVM that can't have its debug port ends with three lines about its agent.
 */
final class DebugPort {
  private static final int MAX = 65_535;
  private static final int WRONG_USAGE = 2;

  private DebugPort() {}

  /** The argument is the port; 0 stands for a free one. */
  public static void main(String[] arguments) {
    System.exit(run(arguments[0], System.out, System.err));
  }

  /** Returns the exit code. */
  static int run(String written, PrintStream out, PrintStream err) {
    var port = port(written);
    if (port < 0) {
      err.println(
          "lhttp dev: --debug=%s: expected a port from 0 to %d, where 0 picks a free one"
              .formatted(Shown.word(written), MAX));
      return WRONG_USAGE;
    }
    try (var socket = new ServerSocket()) {
      socket.setReuseAddress(true); // as the JVM's agent does
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1);
      out.println(socket.getLocalPort());
      return 0;
    } catch (IOException e) {
      err.println(
          "lhttp dev: the debug port %d can't be had (%s): choose another with --debug=PORT, or a free one with --debug=0"
              .formatted(port, e.getMessage()));
      return 1;
    }
  }

  private static int port(String written) {
    if (!written.matches("[0-9]{1,5}")) {
      return -1;
    }
    var port = Integer.parseInt(written);
    return port > MAX ? -1 : port;
  }
}
