/**
 * A client on the JDK's own WebSocket, beginning with {@link io.lhttp.client.LhttpClient} and
 * {@link io.lhttp.client.LhttpPublisher}. It must not use classes of the server.
 *
 * <p>This package has more than 20 files because the connection's states stay package-private
 * behind few public types.
 */
@NullMarked
package io.lhttp.client;

import org.jspecify.annotations.NullMarked;
