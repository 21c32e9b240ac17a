/**
 * One connection: its session, its inbound and outbound queue, its heartbeat, and the event loop
 * that it lives on.
 */
@NullMarked
package io.lhttp.server.internal.connection;

import org.jspecify.annotations.NullMarked;
