/**
 * The recording of spans and their export by OTLP; the only code that uses OpenTelemetry. Nothing
 * of it is loaded while tracing is off.
 */
@NullMarked
package io.lhttp.app.tracing;

import org.jspecify.annotations.NullMarked;
