package io.lhttp.server.internal.address;

import io.lhttp.internal.text.IpAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** The host names and addresses of this machine, found without a name service. */
public final class LocalHostNames {
  private static final String NAME = hostname();

  private LocalHostNames() {}

  /**
   * Whether a host names this machine: {@code localhost} or a name below it, a loopback address, an
   * address of a network interface, or the hostname.
   *
   * @param local the address of this machine on which the request came in
   */
  public static boolean contains(Authority authority, InetAddress local) {
    var host = authority.hostWithoutDot();
    if (host.equals("localhost") || host.endsWith(".localhost")) {
      return true;
    }
    var literal = authority.literal();
    if (literal.isPresent()) {
      return isOwn(literal.get(), local);
    }
    return !NAME.isEmpty() && (host.equals(NAME) || host.equals(NAME + ".local"));
  }

  private static boolean isOwn(InetAddress address, InetAddress local) {
    if (address.isLoopbackAddress() || address.equals(IpAddress.unmapped(local))) {
      return true;
    }
    try {
      return !address.isAnyLocalAddress() && NetworkInterface.getByInetAddress(address) != null;
    } catch (SocketException e) {
      return false;
    }
  }

  /**
   * Reads the hostname from the kernel or the environment, because the JDK would ask the name
   * service.
   */
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
