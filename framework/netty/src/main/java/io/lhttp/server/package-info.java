/**
 * Netty: bytes to frames to messages, connections, lanes and queues. The only package that knows
 * it.
 */
@NullMarked
package io.lhttp.server;

import org.jspecify.annotations.NullMarked;
