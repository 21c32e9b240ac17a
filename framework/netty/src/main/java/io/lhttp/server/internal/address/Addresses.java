package io.lhttp.server.internal.address;

import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/**
 * What counts as one client. An IPv6 address counts with its /64 network, which one client usually
 * has for itself.
 */
public final class Addresses {
  private Addresses() {}

  /** A key that is equal for one client's addresses. */
  public static Object of(InetSocketAddress client) {
    if (client.getAddress() == null) {
      return "unknown";
    }
    var address = Literals.plain(client.getAddress());
    return address instanceof Inet6Address six
        ? ByteBuffer.wrap(six.getAddress()).getLong()
        : address;
  }

  /** The address without its port, for a line of the log. */
  public static String text(InetSocketAddress client) {
    return client.getAddress() == null
        ? "unknown"
        : Literals.plain(client.getAddress()).getHostAddress();
  }
}
