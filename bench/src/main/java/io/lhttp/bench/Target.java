package io.lhttp.bench;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.regex.Pattern;

/**
 * A server to be loaded, always on this machine.
 *
 * @param pid its process id for {@code /proc}
 */
public record Target(String name, InetSocketAddress address, long pid) {
  private static final Pattern FORM =
      Pattern.compile("([\\w-]+)=\\[?([^\\[\\]]+)\\]?:(\\d+)@(\\d+)");

  public Target {
    if (address.isUnresolved() || !address.getAddress().isLoopbackAddress()) {
      throw new IllegalArgumentException(
          "load goes to a loopback address (127.0.0.0/8 or ::1) and nowhere else, not to "
              + address);
    }
  }

  /**
   * Parses {@code NAME=ADDRESS:PORT@PID}; the address must be a literal.
   *
   * @throws IllegalArgumentException if the text is malformed or the address no loopback address
   */
  static Target parse(String text) {
    var parts = FORM.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "a target is NAME=ADDRESS:PORT@PID, this is not: '%s'".formatted(text));
    }
    var address =
        new InetSocketAddress(
            InetAddress.ofLiteral(parts.group(2)), Integer.parseInt(parts.group(3)));
    return new Target(parts.group(1), address, Long.parseLong(parts.group(4)));
  }

  /** Returns the form that {@link #parse} reads. */
  @Override
  public String toString() {
    var host = address.getAddress().getHostAddress();
    return (host.contains(":") ? "%s=[%s]:%d@%d" : "%s=%s:%d@%d")
        .formatted(name, host, address.getPort(), pid);
  }
}
