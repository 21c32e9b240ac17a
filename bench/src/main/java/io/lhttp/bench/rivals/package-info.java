/**
 * Compares our server with others under one driver that counts messages in the received bytes. It
 * must not favour a server.
 */
@NullMarked
package io.lhttp.bench.rivals;

import org.jspecify.annotations.NullMarked;
