package io.lhttp.pipeline;

import io.lhttp.Connection;
import io.lhttp.Filter;
import io.lhttp.Outcome;
import io.lhttp.message.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One generation's chain: filters in order, processors by command. Immutable, safe for all threads;
 * the caller sees to it that one connection's messages run one after the other.
 */
public final class Pipeline {
  private final int generation;
  private final List<FilterLink> filters;
  private final Map<String, ProcessorLink> processors;
  private final Link first;
  private final boolean explains;
  private final boolean watchesOpen;
  private final boolean watchesClose;

  /**
   * @param explains whether messages may ask what the links did with them
   */
  Pipeline(
      int generation, List<NamedFilter> filters, List<ProcessorLink> processors, boolean explains) {
    this.generation = generation;
    this.explains = explains;
    this.processors =
        processors.stream().collect(Collectors.toUnmodifiableMap(p -> p.command, p -> p));
    var links = new FilterLink[filters.size()];
    Link next = this::runProcessor;
    for (var i = links.length - 1; i >= 0; i--) {
      var f = filters.get(i);
      links[i] = new FilterLink(i, f.name(), f.filter(), f.onError(), next);
      next = links[i];
    }
    this.filters = List.of(links);
    this.first = next;
    this.watchesOpen = anyOverrides("onOpen");
    this.watchesClose = anyOverrides("onClose");
  }

  public int generation() {
    return generation;
  }

  /** The filters' names, in order. */
  public List<String> filterNames() {
    return filters.stream().map(link -> link.name).toList();
  }

  /** The commands that have a processor. */
  public List<String> commands() {
    return processors.keySet().stream().sorted().toList();
  }

  /** Whether a link on this message's way may block, so that it needs a thread that may wait. */
  public boolean mayBlock(Message message) {
    for (var i = 0; i < filters.size(); i++) {
      if (filters.get(i).mayBlock(message, generation)) {
        return true;
      }
    }
    var processor = processors.get(message.command());
    return processor != null && processor.mayBlock(message, generation);
  }

  /** Whether a filter wants to know of connections that open: {@link #open} then may block. */
  public boolean watchesOpen() {
    return watchesOpen;
  }

  /**
   * Runs a message through the chain and answers what is to be answered: refusals, 404 and {@code
   * ack}. Throws nothing.
   *
   * @param slot the event loop's, or null on a thread that may wait
   */
  public Result run(
      Connection connection, Message message, Publisher publisher, BlockWatch.@Nullable Slot slot) {
    var exchange = new RunningExchange(this, connection, publisher, message, slot);
    var outcome = first.run(exchange);
    exchange.finish();
    if (outcome instanceof Outcome.Done(var handled) && !handled && exchange.sent() == 0) {
      outcome = Outcome.refused(404, "nobody handles this command");
    }
    answer(exchange, outcome);
    return new Result(outcome, exchange.published());
  }

  /**
   * Tells the filters of a new connection.
   *
   * @return false where one failed: the connection is to be closed
   */
  public boolean open(Connection connection) {
    for (var link : filters) {
      if (!link.open(connection, generation)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether anybody wants to know that this connection has ended: {@link #close} then may block.
   */
  public boolean watchesCloseOf(Connection connection) {
    return watchesClose || connection.attributes().get(ProcessorLink.OPENED).isPresent();
  }

  /** Tells the processors that the connection has used, and then the filters, that it has ended. */
  public void close(Connection connection) {
    connection
        .attributes()
        .get(ProcessorLink.OPENED)
        .ifPresent(commands -> {
          for (var command : commands) {
            var processor = processors.get(command);
            if (processor != null) {
              processor.close(connection, generation);
            }
          }
        });
    for (var link : filters) {
      link.close(connection, generation);
    }
  }

  /** Whether this message is to be explained to its sender. */
  boolean explains(Message message) {
    return explains && message.headers().is(Trace.HEADER, "true");
  }

  private Outcome runProcessor(RunningExchange exchange) {
    var processor = processors.get(exchange.request().command());
    return processor == null ? Outcome.Done.UNHANDLED : processor.run(exchange);
  }

  private boolean anyOverrides(String method) {
    return filters.stream()
        .anyMatch(link -> Overrides.of(link.filter, Filter.class, method, Connection.class));
  }

  private static void answer(RunningExchange exchange, Outcome outcome) {
    switch (outcome) {
      case Outcome.Done done -> {
        var unsaid = exchange.trace() != null && exchange.sent() == 0;
        if (unsaid || exchange.received().headers().is("ack", "true")) {
          exchange.transmit(RunningReply.bare(exchange, "status", "200"));
        }
      }
      case Outcome.Refused refused -> exchange.transmit(refusal(exchange, refused));
      case Outcome.Closed closed -> {}
    }
    exchange.explain();
    if (outcome instanceof Outcome.Closed(var code)) {
      exchange.connection().close(code);
    }
  }

  private static Message refusal(RunningExchange exchange, Outcome.Refused refused) {
    var headers = new ArrayList<String>();
    headers.addAll(
        List.of("status", Integer.toString(refused.status()), "error", refused.reason()));
    refused
        .retryAfterSeconds()
        .ifPresent(s -> headers.addAll(List.of("retry-after", s.toString())));
    return RunningReply.bare(exchange, headers.toArray(String[]::new));
  }

  /** A filter and what it is called; a chain is a list of them. */
  record NamedFilter(String name, Filter filter, OnError onError) {}

  /**
   * What became of a message.
   *
   * @param published how many times it was published to a channel
   */
  public record Result(Outcome outcome, int published) {}
}
