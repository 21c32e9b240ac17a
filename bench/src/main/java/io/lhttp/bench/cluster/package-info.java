/**
 * Three servers and a NATS as processes, what goes wrong among them, and who checks what arrives.
 */
@NullMarked
package io.lhttp.bench.cluster;

import org.jspecify.annotations.NullMarked;
