/**
 * Traces: the spans of handshakes, messages, requests to other servers and deliveries, and the W3C
 * Trace Context that joins them with the spans of other programs. It contains no recorder: the
 * application implements {@link io.lhttp.tracing.Tracer}.
 */
@NullMarked
package io.lhttp.tracing;

import org.jspecify.annotations.NullMarked;
