package io.lhttp.server.internal.address;

import java.net.InetSocketAddress;

/** Addresses as the log has them. */
public final class Addresses {
  private Addresses() {}

  /** The address without its port, for a line of the log. */
  public static String text(InetSocketAddress client) {
    return client.getAddress() == null
        ? "unknown"
        : Literals.plain(client.getAddress()).getHostAddress();
  }
}
