/**
 * A connection's handlers from accept on, TLS, and the drain of all connections; no message may be
 * handled here.
 */
@NullMarked
package io.lhttp.server.internal.lifecycle;

import org.jspecify.annotations.NullMarked;
