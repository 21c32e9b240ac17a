package io.lhttp.server.internal.address;

import java.net.InetAddress;
import java.util.Optional;

/**
 * Checks the header {@code Host} of requests against {@link io.lhttp.server.Hosts}. Its {@code
 * toString} lists the allowed names. Immutable.
 */
@FunctionalInterface
public interface HostCheck {
  /**
   * Whether the server accepts requests for this host.
   *
   * @param host the client's {@code Host}
   * @param local the address of this machine on which the request came in
   * @param probe whether the request only asks for the server's state. Such a request may name an
   *     IP address, because load balancers do
   */
  boolean allow(Optional<String> host, InetAddress local, boolean probe);
}
