/**
 * HTTP on the same port: requests, answers, static files, the publish endpoint and the upgrade to
 * WebSocket.
 */
@NullMarked
package io.lhttp.server.internal.http;

import org.jspecify.annotations.NullMarked;
