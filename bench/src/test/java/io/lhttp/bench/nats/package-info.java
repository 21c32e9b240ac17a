@NullMarked
package io.lhttp.bench.nats;

import org.jspecify.annotations.NullMarked;
