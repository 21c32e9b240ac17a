/**
 * WebSocket frames: decoded, joined, compressed and encoded; channels and the chain must not be
 * known here.
 */
@NullMarked
package io.lhttp.server.internal.websocket;

import org.jspecify.annotations.NullMarked;
