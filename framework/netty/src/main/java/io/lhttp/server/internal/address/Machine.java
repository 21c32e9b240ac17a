package io.lhttp.server.internal.address;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** The names of this machine. None is looked up: what a name resolves to is for others to say. */
public final class Machine {
  private static final String NAME = hostname();

  private Machine() {}

  /**
   * Whether this host is the machine's own: {@code localhost} and what is below it, a loopback
   * address, an address of one of its interfaces, or its hostname.
   *
   * @param local an address that is known to be the machine's
   */
  public static boolean isCalled(Authority authority, InetAddress local) {
    var host = withoutDot(authority.host());
    if (host.equals("localhost") || host.endsWith(".localhost")) {
      return true;
    }
    var literal = authority.literal();
    if (literal.isPresent()) {
      return isOwn(literal.get(), local);
    }
    return !NAME.isEmpty() && (host.equals(NAME) || host.equals(NAME + ".local"));
  }

  /** The name without the dot that may end it. */
  public static String withoutDot(String host) {
    return host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
  }

  private static boolean isOwn(InetAddress address, InetAddress local) {
    if (address.isLoopbackAddress() || address.equals(Literals.plain(local))) {
      return true;
    }
    try {
      return !address.isAnyLocalAddress() && NetworkInterface.getByInetAddress(address) != null;
    } catch (SocketException e) {
      return false;
    }
  }

  /** As the kernel or the environment has it; the JDK would ask the name service. */
  private static String hostname() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/hostname"))
          .strip()
          .toLowerCase(Locale.ROOT);
    } catch (IOException e) {
      var name = System.getenv().getOrDefault("HOSTNAME", System.getenv("COMPUTERNAME"));
      return name == null ? "" : name.toLowerCase(Locale.ROOT);
    }
  }
}
