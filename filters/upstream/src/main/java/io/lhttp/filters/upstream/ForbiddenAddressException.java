package io.lhttp.filters.upstream;

import java.io.IOException;
import java.net.SocketAddress;

/** A host is at an address that may not be dialled; nothing was sent there. */
final class ForbiddenAddressException extends IOException {
  private static final long serialVersionUID = 1L;

  ForbiddenAddressException(SocketAddress address) {
    super("an address that is not allowed: " + address);
  }
}
