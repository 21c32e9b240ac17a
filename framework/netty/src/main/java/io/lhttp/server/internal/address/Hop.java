package io.lhttp.server.internal.address;

import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * One proxy's statement about the sender of a request. Each part may be missing.
 *
 * @param scheme {@code http} or {@code https}, of the request that the proxy received
 * @param host the header {@code Host} of that request
 */
public record Hop(
    Optional<InetSocketAddress> address, Optional<String> scheme, Optional<String> host) {
  static final Hop NOTHING = new Hop(Optional.empty(), Optional.empty(), Optional.empty());
}
