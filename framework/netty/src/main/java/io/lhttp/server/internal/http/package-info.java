/**
 * HTTP on the server's port: requests, replies, static files, the publish endpoint and the upgrade;
 * WebSocket frames must not be handled here.
 */
@NullMarked
package io.lhttp.server.internal.http;

import org.jspecify.annotations.NullMarked;
