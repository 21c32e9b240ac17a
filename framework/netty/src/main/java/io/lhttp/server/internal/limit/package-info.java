/**
 * The bounds of the whole server: memory, connections, handshakes and logged refusals; no message
 * may be handled here.
 */
@NullMarked
package io.lhttp.server.internal.limit;

import org.jspecify.annotations.NullMarked;
