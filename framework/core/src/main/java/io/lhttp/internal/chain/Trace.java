package io.lhttp.internal.chain;

import io.lhttp.Outcome;
import io.lhttp.message.Message;
import io.lhttp.tracing.Span;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The report of what each link did with a message: for the client in a header of its last reply,
 * {@code generation=7 auth=passed,12us no-shouting=refused,3us}, and as events of the message's
 * span. Confined to its exchange's thread.
 */
final class Trace {
  static final String HEADER = "trace";

  /**
   * The length in characters at which the trace is cut, so that the header line stays below the
   * limits of clients, see {@code CodecLimits}.
   */
  private static final int LENGTH = 4_000;

  /** The event of a link in the message's span. */
  private static final String EVENT = "link";

  private static final int SERVER_FAILED = 500;

  private final int generation;
  private final boolean explains;
  private final Span span;

  /** Whether there is a reader of the steps: the client, or the recorded span. */
  private final boolean keepsSteps;

  private final List<Step> steps;
  private @Nullable Step current;

  /**
   * The last reply so far. It is held back, because only the last reply carries the complete trace.
   */
  private @Nullable Message held;

  private Trace(int generation, boolean explains, Span span) {
    this.generation = generation;
    this.explains = explains;
    this.span = span;
    this.keepsSteps = explains || span.recording();
    this.steps = keepsSteps ? new ArrayList<>() : List.of();
    if (span.recording()) {
      span.with("lhttp.generation", generation);
    }
  }

  /**
   * Returns the trace of a message; null if it has no reader.
   *
   * @param explains whether the client gets the trace
   * @param span the message's span; null without tracing
   */
  static @Nullable Trace of(int generation, boolean explains, @Nullable Span span) {
    return span == null && !explains
        ? null
        : new Trace(generation, explains, span == null ? Span.NONE : span);
  }

  Span span() {
    return span;
  }

  boolean explains() {
    return explains;
  }

  /** Runs a link and records its result. The link's time excludes the links after it. */
  Outcome run(String name, RunningExchange exchange, Link link) {
    if (!keepsSteps) {
      return link.run(exchange);
    }
    var outer = current;
    if (outer != null) {
      outer.look(exchange.request());
    }
    var step = new Step(name, exchange.request());
    steps.add(step);
    current = step;
    var start = System.nanoTime();
    var outcome = link.run(exchange);
    var nanos = System.nanoTime() - start;
    step.look(exchange.request());
    step.end(outcome, nanos);
    current = outer;
    if (outer != null) {
      outer.inner(outcome, nanos, exchange.request());
    }
    if (span.recording()) {
      var event = new LinkedHashMap<String, Object>();
      event.put("lhttp.link", step.name);
      event.put("lhttp.outcome", step.verdict());
      event.put("lhttp.microseconds", TimeUnit.NANOSECONDS.toMicros(step.nanos));
      span.event(EVENT, event);
    }
    return outcome;
  }

  /** Ends the message's span with the outcome that the client got. */
  void end(Outcome outcome) {
    if (span.recording()) {
      switch (outcome) {
        case Outcome.Done(var handled) ->
            span.with("lhttp.outcome", handled ? "handled" : "answered");
        case Outcome.Refused refused -> {
          span.with("lhttp.outcome", "refused").with("lhttp.status", refused.status());
          if (refused.status() >= SERVER_FAILED) {
            span.failed(Integer.toString(refused.status()));
          }
        }
        case Outcome.Closed(var code) ->
            span.with("lhttp.outcome", "closed").with("lhttp.status", code.code());
      }
    }
    span.end();
  }

  /** Records that the current link has failed. */
  void failed() {
    mark("failed");
  }

  /** Records that the current link has failed and that the message continues without it. */
  void skipped() {
    mark("skipped");
  }

  private void mark(String failure) {
    if (current != null) {
      current.failure = failure;
    }
  }

  /** Holds a reply back for the client's trace; returns the reply that may leave now. */
  @Nullable Message hold(Message reply) {
    if (!explains) {
      return reply;
    }
    var before = held;
    held = reply;
    return before;
  }

  /** Returns the reply that is held back, with the trace; null without a reply. */
  @Nullable Message explained() {
    return held == null
        ? null
        : held.toBuilder().without(HEADER).header(HEADER, toString()).build();
  }

  @Override
  public String toString() {
    var text = new StringBuilder("generation=").append(generation);
    for (var step : steps) {
      if (text.length() > LENGTH) {
        return text.append(" …").toString();
      }
      text.append(' ')
          .append(step.name)
          .append('=')
          .append(step.verdict())
          .append(',')
          .append(TimeUnit.NANOSECONDS.toMicros(step.nanos))
          .append("us");
    }
    return text.toString();
  }

  /** The entry of one link in the trace of a message. */
  private static final class Step {
    private final String name;
    private Message seen;
    private boolean rewrote;
    private @Nullable String failure;
    private @Nullable Outcome inner;
    private @Nullable Outcome outcome;
    private long nanos;

    Step(String name, Message seen) {
      this.name = name.replaceAll("[\\s\\p{Cntrl}=]", "_");
      this.seen = seen;
    }

    // by identity: an equal message that replaced it is a rewrite too
    @SuppressWarnings("ReferenceEquality")
    void look(Message request) {
      rewrote |= request != seen;
      seen = request;
    }

    void inner(Outcome outcome, long nanos, Message request) {
      this.inner = outcome;
      this.nanos -= nanos;
      this.seen = request;
    }

    void end(Outcome outcome, long nanos) {
      this.outcome = outcome;
      this.nanos += nanos;
    }

    String verdict() {
      if (failure != null) {
        return failure;
      } else if (outcome != null && outcome.equals(inner)) {
        return rewrote ? "rewrote" : "passed";
      }
      return switch (outcome) {
        case Outcome.Refused unused -> "refused";
        case Outcome.Closed unused -> "closed";
        case Outcome.Done(var handled) -> handled ? "handled" : "ignored";
        case null -> "left"; // the link has not returned
      };
    }
  }
}
