/** A connection from accept to the handlers it gets, TLS, and the drain of all connections. */
@NullMarked
package io.lhttp.server.internal.lifecycle;

import org.jspecify.annotations.NullMarked;
