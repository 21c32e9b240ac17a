package io.lhttp.app.tracing;

import io.lhttp.tracing.Span;
import io.lhttp.tracing.TraceContext;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * A span that is not recorded. Requests to other programs carry its context, so that they record
 * nothing of this trace, either.
 */
final class UnrecordedSpan implements Span {
  /** The parent's context, or one that is made when a request needs it. */
  private @Nullable TraceContext context;

  UnrecordedSpan(Optional<TraceContext> parent) {
    this.context =
        parent
            .map(sent -> new TraceContext(sent.traceId(), sent.spanId(), false, sent.state()))
            .orElse(null);
  }

  @Override
  public boolean recording() {
    return false;
  }

  @Override
  public Span child(Kind kind, String name) {
    return this;
  }

  @Override
  public Span with(String attribute, String value) {
    return this;
  }

  @Override
  public Span with(String attribute, long value) {
    return this;
  }

  @Override
  public void event(String name, Map<String, Object> attributes) {}

  @Override
  public void failed(String type) {}

  @Override
  public void end() {}

  @Override
  public synchronized Optional<TraceContext> context() {
    var known = context;
    if (known == null) {
      known = new TraceContext(hex() + hex(), hex(), false, "");
      context = known;
    }
    return Optional.of(known);
  }

  /** Returns 16 random digits that are not all zero. */
  private static String hex() {
    long random;
    do {
      random = ThreadLocalRandom.current().nextLong();
    } while (random == 0);
    return HexFormat.of().toHexDigits(random);
  }
}
