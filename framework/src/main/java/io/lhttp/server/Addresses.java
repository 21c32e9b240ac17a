package io.lhttp.server;

import java.net.InetSocketAddress;

/** Addresses as the log has them. */
final class Addresses {
  private Addresses() {}

  /** The address without its port, for a line of the log. */
  static String text(InetSocketAddress client) {
    return client.getAddress() == null
        ? "unknown"
        : Literals.plain(client.getAddress()).getHostAddress();
  }
}
