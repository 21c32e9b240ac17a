package io.lhttp.internal.chain;

import io.lhttp.AttributeKey;
import io.lhttp.Connection;
import io.lhttp.internal.chain.FilterHooks.Part;
import java.util.List;
import java.util.stream.Stream;

/**
 * The links that take part in one connection: the filters that know of it, and the processors that
 * were opened for it. An attribute of the connection, which its exchanges and hooks use one after
 * the other. It is as long as the chain at most.
 *
 * <p>Immutable, so that all connections with the same filters share one list.
 */
final class Participants {
  static final Participants NONE = new Participants(List.of(), List.of());

  private static final AttributeKey<Participants> KEY =
      AttributeKey.of("lhttp.participants", Participants.class);

  final List<Part> filters;
  final List<ProcessorHooks> processors;

  /**
   * @param filters in the order of the chain
   * @param processors in the order of their first messages
   */
  Participants(List<Part> filters, List<ProcessorHooks> processors) {
    this.filters = filters;
    this.processors = processors;
  }

  static Participants of(Connection connection) {
    return connection.attributes().get(KEY).orElse(NONE);
  }

  /** Makes these the participants of the connection. */
  void keep(Connection connection) {
    if (filters.isEmpty() && processors.isEmpty()) {
      var unused = connection.attributes().remove(KEY);
    } else {
      connection.attributes().set(KEY, this);
    }
  }

  /** Whether the processor was opened. Called for each of its messages; allocates nothing. */
  boolean opened(ProcessorHooks processor) {
    for (var i = 0; i < processors.size(); i++) {
      if (processor.same(processors.get(i))) {
        return true;
      }
    }
    return false;
  }

  /** Returns these participants with one more processor. */
  Participants and(ProcessorHooks processor) {
    return new Participants(
        filters, Stream.concat(processors.stream(), Stream.of(processor)).toList());
  }

  /** Whether a participant has a method for the end of the connection. */
  boolean closes() {
    for (var part : filters) {
      if (part.closes()) {
        return true;
      }
    }
    for (var processor : processors) {
      if (processor.closes()) {
        return true;
      }
    }
    return false;
  }
}
