package io.lhttp.server.internal.tracing;

import io.lhttp.Connection;
import io.lhttp.RefusedException;
import io.lhttp.channel.Broker;
import io.lhttp.channel.Publications;
import io.lhttp.message.Header;
import io.lhttp.message.Message;
import io.lhttp.server.internal.address.Client;
import io.lhttp.tracing.Span;
import io.lhttp.tracing.Span.Kind;
import io.lhttp.tracing.TraceContext;
import io.lhttp.tracing.Tracer;
import io.lhttp.tracing.Tracer.Cause;
import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Begins the spans of one server, and names them by OpenTelemetry's conventions for messaging. All
 * threads may use it; a server without tracing has none.
 */
public final class ServerTracing {
  private static final AttributeKey<TraceContext> HANDSHAKE =
      AttributeKey.valueOf(ServerTracing.class, "handshake");

  private static final int SWITCHING_PROTOCOLS = 101;
  private static final int SERVER_FAILED = 500;
  private static final String PROCESS = "process";
  private static final String PUBLISH = "publish";
  private static final String DELIVER = "deliver";

  /**
   * The span of the publication that this thread gives to the broker. A broker in memory delivers
   * on the same thread.
   */
  private static final ThreadLocal<@Nullable Span> PUBLISHING = new ThreadLocal<>();

  private final Tracer tracer;

  public ServerTracing(Tracer tracer) {
    this.tracer = tracer;
  }

  /** The part of a connection that its messages' spans need. */
  public interface Traced {
    /** Whether the connection stands for one HTTP request that a trusted proxy has sent. */
    boolean proxied();

    /** The recorded span of the connection's handshake. */
    Optional<TraceContext> handshakeSpan();
  }

  /**
   * Begins the span of a handshake.
   *
   * @param parents the values of {@code traceparent}
   * @param states the values of {@code tracestate}
   * @param proxied whether a trusted proxy has sent the request
   */
  public Span handshake(List<String> parents, List<String> states, Client client, boolean proxied) {
    var sent =
        parents.isEmpty() ? Optional.<TraceContext>empty() : TraceContext.read(parents, states);
    var trusted = (proxied && tracer.trustsProxies()) || trusts(client.address());
    var span = tracer.begin(Kind.SERVER, "GET", Cause.of(sent, trusted));
    if (span.recording()) {
      span.with("http.request.method", "GET")
          .with("url.scheme", client.secure() ? "wss" : "ws")
          .with("network.protocol.name", "websocket");
    }
    return span;
  }

  /** Ends the span of a handshake that was accepted, to which the spans of its messages link. */
  public static void upgraded(Span handshake, Channel channel) {
    if (handshake.recording()) {
      handshake.context().ifPresent(context -> channel.attr(HANDSHAKE).set(context));
    }
    end(handshake, SWITCHING_PROTOCOLS);
  }

  /** Ends the span of a request with the status of its answer. */
  public static void end(Span span, int status) {
    if (span.recording()) {
      span.with("http.response.status_code", status);
      if (status >= SERVER_FAILED) {
        span.failed(Integer.toString(status));
      }
    }
    span.end();
  }

  /** The recorded span of the handshake from which this socket's connection began. */
  public static Optional<TraceContext> handshakeOf(Channel channel) {
    return Optional.ofNullable(channel.attr(HANDSHAKE).get());
  }

  /**
   * Begins the span of a message.
   *
   * @param handled whether a processor of the chain has the message's command, so that the span may
   *     have its name
   */
  public Span message(Connection by, Message received, boolean handled) {
    var sent = sent(by, received);
    var cause =
        sent.isEmpty()
            ? Cause.NONE
            : Cause.of(sent, trusts(by.handshake().remote()) || trustedRequest(by, received));
    if (by instanceof Traced traced) {
      var handshake = traced.handshakeSpan();
      if (handshake.isPresent()) {
        cause = cause.linkedTo(handshake.get());
      }
    }
    var span =
        tracer.begin(Kind.CONSUMER, handled ? PROCESS + " " + received.command() : PROCESS, cause);
    if (span.recording()) {
      span.with("messaging.system", "lhttp")
          .with("messaging.operation.name", PROCESS)
          .with("messaging.operation.type", PROCESS)
          .with("messaging.message.body.size", received.bodyLength())
          .with("lhttp.command", received.command())
          .with("lhttp.connection.id", by.id());
      received
          .header("publish")
          .ifPresent(channel -> span.with("messaging.destination.name", channel));
      received.header("message-id").ifPresent(id -> span.with("messaging.message.id", id));
    }
    return span;
  }

  /**
   * Publishes a message within a span, and lets the publication carry the trace context to other
   * servers if the span is recorded.
   *
   * @param publish takes the message without headers that never travel
   */
  public CompletionStage<Void> publish(
      String channel,
      Message message,
      Span within,
      Function<Message, CompletionStage<Void>> publish) {
    var stripped = Publications.stripped(message).without(TraceContext.PARENT, TraceContext.STATE);
    if (!within.recording()) {
      return publish.apply(stripped);
    }
    var span = begin(within.child(Kind.PRODUCER, PUBLISH), PUBLISH, channel);
    var context = span.context();
    var carrying =
        context.isEmpty()
            ? stripped
            : stripped.with(Publications.TRACE_CONTEXT, context.get().toString());
    PUBLISHING.set(span);
    CompletionStage<Void> taking;
    try {
      taking = publish.apply(carrying);
    } catch (RuntimeException | Error e) {
      end(span, e);
      throw e;
    } finally {
      PUBLISHING.remove();
    }
    if (taking.equals(Broker.TAKEN)) {
      span.end();
    } else {
      var unused = taking.whenComplete((taken, failure) -> end(span, failure));
    }
    return taking;
  }

  /**
   * Begins the span of a publication's delivery to the subscribers of this server; empty unless the
   * publication's span is recorded.
   *
   * @param published the message as the broker has brought it
   */
  public Optional<Span> delivery(String channel, Message published) {
    var here = PUBLISHING.get();
    if (here != null) {
      return Optional.of(begin(here.child(Kind.PRODUCER, DELIVER), DELIVER, channel));
    }
    return published
        .header(Publications.TRACE_CONTEXT)
        .flatMap(text -> TraceContext.read(List.of(text), List.of()))
        .map(context ->
            begin(
                tracer.begin(Kind.PRODUCER, DELIVER, Cause.of(Optional.of(context), true)),
                DELIVER,
                channel))
        .filter(Span::recording);
  }

  /** Returns a delivery with the span's context if subscribers get it. */
  public Message carrying(Message delivery, Span span) {
    return tracer.reachesSubscribers()
        ? span.context()
            .map(context -> delivery.with(TraceContext.PARENT, context.toString()))
            .orElse(delivery)
        : delivery;
  }

  private static Span begin(Span span, String operation, String channel) {
    return span.with("messaging.system", "lhttp")
        .with("messaging.operation.name", operation)
        .with("messaging.operation.type", "send")
        .with("messaging.destination.name", channel);
  }

  private static void end(Span span, @Nullable Throwable failure) {
    if (failure instanceof RefusedException refused) {
      span.failed(Integer.toString(refused.refusal().status()));
    } else if (failure != null) {
      span.failed(failure.getClass().getName());
    }
    span.end();
  }

  /** The context in the message, or in the HTTP request that stands for it. */
  private static Optional<TraceContext> sent(Connection by, Message received) {
    if (received.headers().has(TraceContext.PARENT)) {
      return TraceContext.read(
          values(received, TraceContext.PARENT), values(received, TraceContext.STATE));
    }
    if (!by.single()) {
      return Optional.empty();
    }
    var headers = by.handshake().headers();
    var parents = headers.getOrDefault(TraceContext.PARENT, List.of());
    return parents.isEmpty()
        ? Optional.empty()
        : TraceContext.read(parents, headers.getOrDefault(TraceContext.STATE, List.of()));
  }

  private static List<String> values(Message message, String name) {
    var values = new ArrayList<String>(1);
    for (Header header : message.headers()) {
      if (header.name().equalsIgnoreCase(name)) {
        values.add(header.value());
      }
    }
    return values;
  }

  private boolean trusts(InetSocketAddress address) {
    return address.getAddress() != null && tracer.trusts(address.getAddress());
  }

  /** Whether a proxy that sets or removes the header has sent the request of this message. */
  private boolean trustedRequest(Connection by, Message received) {
    return by instanceof Traced traced
        && traced.proxied()
        && tracer.trustsProxies()
        && !received.headers().has(TraceContext.PARENT);
  }
}
