/** Benchmarks of channels over NATS beside a naive server. It must not test behaviour. */
@NullMarked
package io.lhttp.bench.nats;

import org.jspecify.annotations.NullMarked;
