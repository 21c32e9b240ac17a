package io.lhttp.filters.upstream;

import java.io.IOException;
import java.net.SocketAddress;

/** Thrown if a host has an address that is not allowed. The socket was not connected. */
final class ForbiddenAddressException extends IOException {
  private static final long serialVersionUID = 1L;

  ForbiddenAddressException(SocketAddress address) {
    super("an address that is not allowed: " + address);
  }
}
