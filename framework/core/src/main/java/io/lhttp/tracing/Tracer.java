package io.lhttp.tracing;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Begins the spans of a server, and decides which of them are recorded and whose traces they
 * continue. All threads call it, event loops among them, so no method may block.
 */
public interface Tracer {
  /**
   * Begins a span that has no parent in this process. Its caller ends it.
   *
   * @param name of a small set: no text of a client, and no name of a channel
   */
  Span begin(Span.Kind kind, String name, Cause cause);

  /** Whether the trace context that this client sends is the parent of its spans. */
  boolean trusts(InetAddress client);

  /**
   * Whether the trace context of a handshake is the parent of its span although a trusted proxy has
   * forwarded it, because the proxy sets or removes it.
   */
  boolean trustsProxies();

  /** Whether publications of recorded messages carry their trace context to subscribers. */
  boolean reachesSubscribers();

  /**
   * The spans that led to another one.
   *
   * @param parent the span that the new one continues; the new one is recorded if the parent is
   * @param links spans that the new one only refers to; they do not decide whether it is recorded
   */
  record Cause(Optional<TraceContext> parent, List<TraceContext> links) {
    /** A span without a parent and without links. */
    public static final Cause NONE = new Cause(Optional.empty(), List.of());

    public Cause {
      links = List.copyOf(links);
    }

    /**
     * The cause of a span whose sender sent this context.
     *
     * @param trusted whether the context is the parent; otherwise it is a link
     */
    public static Cause of(Optional<TraceContext> sent, boolean trusted) {
      if (sent.isEmpty()) {
        return NONE;
      }
      return trusted
          ? new Cause(sent, List.of())
          : new Cause(Optional.empty(), sent.stream().toList());
    }

    /** Returns this cause with one more link. */
    public Cause linkedTo(TraceContext context) {
      if (links.isEmpty()) {
        return new Cause(parent, List.of(context));
      }
      var more = new ArrayList<>(links);
      more.add(context);
      return new Cause(parent, more);
    }
  }
}
