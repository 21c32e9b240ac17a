/** Addresses and names of clients, proxies, hosts and origins; no body may be read here. */
@NullMarked
package io.lhttp.server.internal.address;

import org.jspecify.annotations.NullMarked;
