/**
 * Histories that JetStream keeps: streams, replicas in memory and fetches; channels without a
 * history must not be handled here.
 */
@NullMarked
package io.lhttp.nats.internal.jetstream;

import org.jspecify.annotations.NullMarked;
