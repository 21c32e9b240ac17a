package io.lhttp.server.internal.address;

import java.net.InetAddress;
import java.util.Optional;

/**
 * Whether the server answers to a name, by its {@link io.lhttp.server.Hosts}. Its text lists the
 * names. Immutable.
 */
@FunctionalInterface
public interface HostCheck {
  /**
   * Whether the server answers to a name.
   *
   * @param host the client's {@code Host}
   * @param local an address of this machine
   * @param probe whether the request only asks for the server's state. A load balancer may ask an
   *     address, to which no foreign name resolves
   */
  boolean allow(Optional<String> host, InetAddress local, boolean probe);
}
