package io.lhttp.app.tracing;

import io.lhttp.tracing.Span;
import io.lhttp.tracing.TraceContext;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.util.ArrayList;
import java.util.Map;
import java.util.Optional;

/** A span that OpenTelemetry records. */
final class RecordedSpan implements Span {
  private final Tracer tracer;
  private final io.opentelemetry.api.trace.Span span;

  RecordedSpan(Tracer tracer, io.opentelemetry.api.trace.Span span) {
    this.tracer = tracer;
    this.span = span;
  }

  @Override
  public boolean recording() {
    return true;
  }

  @Override
  public Span child(Kind kind, String name) {
    var child =
        tracer
            .spanBuilder(name)
            .setSpanKind(OtlpRecorder.kind(kind))
            .setParent(Context.root().with(span))
            .startSpan();
    return new RecordedSpan(tracer, child);
  }

  @Override
  public Span with(String attribute, String value) {
    var _ = span.setAttribute(attribute, value);
    return this;
  }

  @Override
  public Span with(String attribute, long value) {
    var _ = span.setAttribute(attribute, value);
    return this;
  }

  @Override
  public void event(String name, Map<String, Object> attributes) {
    var builder = Attributes.builder();
    attributes.forEach((key, value) -> {
      if (value instanceof Long number) {
        builder.put(key, number);
      } else {
        builder.put(key, String.valueOf(value));
      }
    });
    var _ = span.addEvent(name, builder.build());
  }

  @Override
  public void failed(String type) {
    var _ = span.setStatus(StatusCode.ERROR).setAttribute("error.type", type);
  }

  @Override
  public void end() {
    span.end();
  }

  @Override
  public Optional<TraceContext> context() {
    var context = span.getSpanContext();
    return Optional.of(
        new TraceContext(
            context.getTraceId(),
            context.getSpanId(),
            context.isSampled(),
            text(context.getTraceState())));
  }

  private static String text(TraceState state) {
    var members = new ArrayList<String>(state.size());
    state.forEach((key, value) -> members.add(key + "=" + value));
    return String.join(",", members);
  }
}
