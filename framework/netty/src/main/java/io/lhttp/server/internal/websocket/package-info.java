/**
 * WebSocket frames: decoding, joining, compressing and encoding. Nothing here knows of connections.
 */
@NullMarked
package io.lhttp.server.internal.websocket;

import org.jspecify.annotations.NullMarked;
