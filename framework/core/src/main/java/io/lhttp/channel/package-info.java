/**
 * Channels, the interface to brokers, and the broker in memory; sockets and event loops must not be
 * known here.
 */
@NullMarked
package io.lhttp.channel;

import org.jspecify.annotations.NullMarked;
