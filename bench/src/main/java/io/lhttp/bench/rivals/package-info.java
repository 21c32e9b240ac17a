/** Our server beside others, under one driver that counts messages in the bytes that come back. */
@NullMarked
package io.lhttp.bench.rivals;

import org.jspecify.annotations.NullMarked;
