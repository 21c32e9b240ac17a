package io.lhttp.server.internal.address;

import io.lhttp.internal.text.IpAddress;
import java.net.InetSocketAddress;

/** Formats addresses for the log. */
public final class Addresses {
  private Addresses() {}

  /** Returns the address without its port. */
  public static String text(InetSocketAddress client) {
    return client.getAddress() == null
        ? "unknown"
        : IpAddress.unmapped(client.getAddress()).getHostAddress();
  }
}
