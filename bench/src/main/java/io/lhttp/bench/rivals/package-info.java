/**
 * Our server beside others under one driver that counts messages in the bytes that come back;
 * nothing here may favour a server.
 */
@NullMarked
package io.lhttp.bench.rivals;

import org.jspecify.annotations.NullMarked;
