/** The bounds of the whole server: memory, connections, handshakes, and the log of refusals. */
@NullMarked
package io.lhttp.server.internal.limit;

import org.jspecify.annotations.NullMarked;
