/** What channels cost that a NATS carries, beside goals and a naive server. */
@NullMarked
package io.lhttp.bench.nats;

import org.jspecify.annotations.NullMarked;
