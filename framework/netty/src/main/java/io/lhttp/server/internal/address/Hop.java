package io.lhttp.server.internal.address;

import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * One proxy's statement about the request that it received. Each part may be missing.
 *
 * @param address the request's sender
 * @param scheme the request's scheme, {@code http} or {@code https}
 * @param host the request's header {@code Host}
 */
public record Hop(
    Optional<InetSocketAddress> address, Optional<String> scheme, Optional<String> host) {
  static final Hop NOTHING = new Hop(Optional.empty(), Optional.empty(), Optional.empty());
}
