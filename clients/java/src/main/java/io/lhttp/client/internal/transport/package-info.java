/**
 * One connection on the JDK's WebSocket, and the time, chance and threads that a client works with;
 * nothing here may know a channel.
 */
@NullMarked
package io.lhttp.client.internal.transport;

import org.jspecify.annotations.NullMarked;
