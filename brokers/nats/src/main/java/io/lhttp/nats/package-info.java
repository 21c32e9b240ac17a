/**
 * The broker that connects servers over NATS, with its settings; sockets of clients must not be
 * known here.
 */
@NullMarked
package io.lhttp.nats;

import org.jspecify.annotations.NullMarked;
