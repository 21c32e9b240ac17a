/**
 * A client on the JDK's own WebSocket. Begin with {@link io.lhttp.client.LhttpClient}; to publish
 * over HTTP, with {@link io.lhttp.client.LhttpPublisher}.
 */
@NullMarked
package io.lhttp.client;

import org.jspecify.annotations.NullMarked;
