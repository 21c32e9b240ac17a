/**
 * Three servers and a NATS as processes under faults, and the check of all deliveries. It must not
 * measure speed.
 *
 * <p>This package has more than 20 files because the processes, faults and the checker share a
 * package-private protocol.
 */
@NullMarked
package io.lhttp.bench.cluster;

import org.jspecify.annotations.NullMarked;
