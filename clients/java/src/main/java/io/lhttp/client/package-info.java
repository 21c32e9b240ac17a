/**
 * A client on the JDK's own WebSocket, beginning with {@link io.lhttp.client.LhttpClient} and
 * {@link io.lhttp.client.LhttpPublisher}. It must not use classes of the server.
 *
 * <p>This package has more than 20 files because the states of connections, tokens and channels
 * make subscriptions and exceptions, whose constructors are no API.
 */
@NullMarked
package io.lhttp.client;

import org.jspecify.annotations.NullMarked;
