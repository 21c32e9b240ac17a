/** Histories that JetStream keeps: streams, replicas in memory and fetches. */
@NullMarked
package io.lhttp.nats.internal.jetstream;

import org.jspecify.annotations.NullMarked;
