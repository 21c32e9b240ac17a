/**
 * One connection: its session, inbound queue, outbound queue, heartbeat and event loop; other
 * connections' state must not be touched here.
 */
@NullMarked
package io.lhttp.server.internal.connection;

import org.jspecify.annotations.NullMarked;
