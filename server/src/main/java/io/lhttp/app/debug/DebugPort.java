package io.lhttp.app.debug;

import io.lhttp.app.config.SecretMask;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/**
 * Prints the port for {@code dev --debug=PORT}. The launcher first runs this class in a JVM of its
 * own. Otherwise a server's JVM that can't open its debug port would end with three lines about its
 * debug agent.
 */
final class DebugPort {
  private static final int MAX = 65_535;
  private static final int WRONG_USAGE = 2;

  private DebugPort() {}

  /**
   * @param arguments the port; 0 for a free one
   */
  public static void main(String[] arguments) {
    System.exit(run(arguments[0], System.out, System.err));
  }

  /** Prints the port, or an error. Returns the exit code. */
  static int run(String written, PrintStream out, PrintStream err) {
    var port = port(written);
    if (port < 0) {
      err.println(
          "lhttp dev: --debug=%s: expected a port from 0 to %d, where 0 picks a free one"
              .formatted(SecretMask.word(written), MAX));
      return WRONG_USAGE;
    }
    try (var socket = new ServerSocket()) {
      socket.setReuseAddress(true); // as the JVM's debug agent does
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
