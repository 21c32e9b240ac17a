package io.lhttp.tracing;

import java.util.Map;
import java.util.Optional;

/**
 * The record of one operation, with its time, attributes and events. All threads may use it, and no
 * method blocks or throws.
 *
 * <p>A span that is not {@linkplain #recording recorded} ignores attributes and events, but may
 * have a {@link #context}: a trace goes on through programs that record nothing of it.
 */
public interface Span {
  /** The span of a server without tracing: it records nothing and has no context. */
  Span NONE = NoSpan.INSTANCE;

  /** The role of the operation. */
  enum Kind {
    /** Answers a request. */
    SERVER,
    /** Sends a request to another program, and waits for its answer. */
    CLIENT,
    /** Gives a message to a channel. */
    PRODUCER,
    /** Handles a message. */
    CONSUMER
  }

  /** Whether the span records attributes and events. Check it before you compute their values. */
  boolean recording();

  /**
   * Begins a span within this one. Its caller ends it.
   *
   * @param name of a small set: no text of a client, and no name of a channel
   */
  Span child(Kind kind, String name);

  /** Sets an attribute. */
  Span with(String attribute, String value);

  /** Sets an attribute. */
  Span with(String attribute, long value);

  /**
   * Adds an event at this moment.
   *
   * @param attributes texts and {@link Long} numbers by name
   */
  void event(String name, Map<String, Object> attributes);

  /**
   * Marks the operation as failed.
   *
   * @param type of a small set, such as a status or the name of a class
   */
  void failed(String type);

  /** Ends the span. A second call does nothing. */
  void end();

  /** The context that requests to other programs carry; empty without tracing. */
  Optional<TraceContext> context();
}
