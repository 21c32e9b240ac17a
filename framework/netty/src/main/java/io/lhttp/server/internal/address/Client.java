package io.lhttp.server.internal.address;

import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * The sender of a request, behind all trusted proxies.
 *
 * @param address the port is 0 if no proxy names it
 * @param secure whether the client's own connection is known to be encrypted
 * @param host the header {@code Host} as the client sent it
 */
public record Client(InetSocketAddress address, boolean secure, Optional<String> host) {}
