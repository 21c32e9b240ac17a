package io.lhttp.server.internal.tracing;

import io.lhttp.tracing.Span;
import io.lhttp.tracing.TraceContext;
import io.lhttp.tracing.Tracer;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Keeps all spans that have ended. */
final class RecordingTracer implements Tracer {
  private final AtomicLong ids = new AtomicLong(1);
  private final BlockingQueue<Ended> ended = new LinkedBlockingQueue<>();
  volatile boolean trusts;
  volatile boolean trustsProxies;
  volatile boolean reachesSubscribers;
  volatile boolean records = true;

  /** A span that has ended. */
  record Ended(
      Span.Kind kind,
      String name,
      TraceContext context,
      Optional<TraceContext> parent,
      List<TraceContext> links,
      Map<String, Object> attributes,
      List<Map<String, Object>> events,
      Optional<String> failure) {}

  /** Returns the next span of this name that has ended. Others are dropped. */
  Ended next(String name) throws InterruptedException {
    while (true) {
      var span = ended.poll(60, TimeUnit.SECONDS);
      if (span == null) {
        throw new AssertionError("no span " + name);
      }
      if (span.name.equals(name)) {
        return span;
      }
    }
  }

  /** Returns the first spans of two names; either may end first. */
  List<Ended> next(String one, String other) throws InterruptedException {
    var found = new HashMap<String, Ended>();
    while (found.size() < 2) {
      var span = ended.poll(60, TimeUnit.SECONDS);
      if (span == null) {
        throw new AssertionError("no spans " + one + " and " + other);
      }
      if (span.name.equals(one) || span.name.equals(other)) {
        found.putIfAbsent(span.name, span);
      }
    }
    return List.of(
        Objects.requireNonNull(found.get(one)), Objects.requireNonNull(found.get(other)));
  }

  @Override
  public Span begin(Span.Kind kind, String name, Cause cause) {
    return records ? new Recorded(kind, name, cause.parent(), cause.links()) : Span.NONE;
  }

  @Override
  public boolean trusts(InetAddress client) {
    return trusts;
  }

  @Override
  public boolean trustsProxies() {
    return trustsProxies;
  }

  @Override
  public boolean reachesSubscribers() {
    return reachesSubscribers;
  }

  private final class Recorded implements Span {
    private final Span.Kind kind;
    private final String name;
    private final TraceContext context;
    private final Optional<TraceContext> parent;
    private final List<TraceContext> links;
    private final Map<String, Object> attributes = new ConcurrentHashMap<>();
    private final List<Map<String, Object>> events = new ArrayList<>();
    private volatile Optional<String> failure = Optional.empty();

    Recorded(Span.Kind kind, String name, Optional<TraceContext> parent, List<TraceContext> links) {
      var id = ids.getAndIncrement();
      this.kind = kind;
      this.name = name;
      this.parent = parent;
      this.links = links;
      this.context =
          new TraceContext(
              parent.map(TraceContext::traceId).orElse("%032x".formatted(id)),
              "%016x".formatted(id),
              true,
              "");
    }

    @Override
    public boolean recording() {
      return true;
    }

    @Override
    public Span child(Span.Kind kind, String name) {
      return new Recorded(kind, name, Optional.of(context), List.of());
    }

    @Override
    public Span with(String attribute, String value) {
      attributes.put(attribute, value);
      return this;
    }

    @Override
    public Span with(String attribute, long value) {
      attributes.put(attribute, value);
      return this;
    }

    @Override
    public void event(String name, Map<String, Object> attributes) {
      events.add(attributes);
    }

    @Override
    public void failed(String type) {
      failure = Optional.of(type);
    }

    @Override
    public void end() {
      ended.add(
          new Ended(kind, name, context, parent, links, attributes, List.copyOf(events), failure));
    }

    @Override
    public Optional<TraceContext> context() {
      return Optional.of(context);
    }
  }
}
