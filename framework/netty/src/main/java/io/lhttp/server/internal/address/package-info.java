/** Addresses and names: of clients, proxies, hosts and origins. Nothing here reads a body. */
@NullMarked
package io.lhttp.server.internal.address;

import org.jspecify.annotations.NullMarked;
