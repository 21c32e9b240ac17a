/**
 * The spans of handshakes, messages, publications and deliveries; the recording of spans is the
 * {@link io.lhttp.tracing.Tracer}'s.
 */
@NullMarked
package io.lhttp.server.internal.tracing;

import org.jspecify.annotations.NullMarked;
