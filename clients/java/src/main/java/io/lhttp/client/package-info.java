/**
 * A client on the JDK's own WebSocket, beginning with {@link io.lhttp.client.LhttpClient} and
 * {@link io.lhttp.client.LhttpPublisher}. It must not use classes of the server.
 *
 * <p>This package has more than 20 files because the classes for the states of connections, tokens
 * and channels create subscriptions and exceptions, and the constructors of these are
 * package-private.
 */
@NullMarked
package io.lhttp.client;

import org.jspecify.annotations.NullMarked;
