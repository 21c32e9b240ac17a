/** Benchmarks of channels over NATS beside a naive server; no test of behaviour may stand here. */
@NullMarked
package io.lhttp.bench.nats;

import org.jspecify.annotations.NullMarked;
