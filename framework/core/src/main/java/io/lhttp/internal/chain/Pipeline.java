package io.lhttp.internal.chain;

import io.lhttp.Connection;
import io.lhttp.Filter;
import io.lhttp.Metric;
import io.lhttp.Outcome;
import io.lhttp.Processor;
import io.lhttp.chain.LinkStatistics;
import io.lhttp.chain.LinkStatistics.Kind;
import io.lhttp.chain.OnError;
import io.lhttp.channel.Broker;
import io.lhttp.internal.measure.BlockWatch;
import io.lhttp.internal.measure.Clients;
import io.lhttp.internal.measure.LinkMeter;
import io.lhttp.internal.measure.LinkMetrics;
import io.lhttp.internal.measure.Meters;
import io.lhttp.message.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One generation's chain: filters in order, processors by command. It is immutable, owned by its
 * generation, and all threads may use it.
 *
 * <p>The caller runs one connection's messages one after the other.
 */
public final class Pipeline {
  /** The set of all links, as bits. */
  public static final long ALL = -1L;

  /** The last bit; all links from this index on share it. */
  private static final int LAST_BIT = 63;

  /** The lowest status that says that the server failed. */
  private static final int SERVER_FAILED = 500;

  /** The longest time that the server waits for the links' own figures. */
  private static final Duration METRICS_TIME = Duration.ofSeconds(1);

  private final int generation;
  private final List<FilterLink> filters;
  private final Map<String, ProcessorLink> processors;
  private final Link first;
  private final StartThread startThread;
  private final boolean explains;
  private final ConnectionHooks hooks;
  private final @Nullable LinkMeter all;
  private final @Nullable LinkMeter noProcessor;
  private final Clients clients;
  private final FailureDetail failures;
  private final List<LinkMetrics> linkMetrics;

  /**
   * @param explains whether a client may request a trace of the links
   * @param failures the outcomes of messages whose link throws
   */
  public Pipeline(
      int generation,
      List<NamedFilter> filters,
      List<NamedProcessor> processors,
      Meters meters,
      boolean explains,
      Clients clients,
      FailureDetail failures) {
    this.generation = generation;
    this.failures = failures;
    this.clients = clients;
    this.explains = explains;
    this.all = meters.of(Kind.CHAIN, "chain");
    this.noProcessor = meters.of(Kind.PROCESSOR, LinkStatistics.NO_PROCESSOR);
    var byCommand = new HashMap<String, ProcessorLink>();
    for (var p : processors) {
      byCommand.put(
          p.command(),
          new ProcessorLink(
              bit(filters.size() + byCommand.size()),
              p,
              meters.of(Kind.PROCESSOR, p.command()),
              generation));
    }
    this.processors = Map.copyOf(byCommand);
    var links = new FilterLink[filters.size()];
    Link next = this::runProcessor;
    for (var i = links.length - 1; i >= 0; i--) {
      var f = filters.get(i);
      links[i] = new FilterLink(i, bit(i), f, meters.of(Kind.FILTER, f.name()), generation, next);
      next = links[i];
    }
    this.filters = List.of(links);
    this.first = next;
    this.startThread = StartThread.of(this.filters, this.processors.values());
    this.hooks = new ConnectionHooks(generation, this.filters, this.processors.values(), clients);
    this.linkMetrics = linkMetrics();
  }

  public int generation() {
    return generation;
  }

  /** The outcome of a message whose link threw this exception. */
  Outcome failed(Throwable thrown) {
    return failures.refusal(thrown);
  }

  /** The filters' names, in order. */
  public List<String> filterNames() {
    return filters.stream().map(link -> link.name).toList();
  }

  /** The commands that have a processor. */
  public List<String> commands() {
    return processors.keySet().stream().sorted().toList();
  }

  /**
   * The figures of all links: the chain as a whole, filters in order, processors by command, and
   * {@link LinkStatistics#NO_PROCESSOR}. Empty if statistics are off; any thread may call it.
   */
  public List<LinkStatistics> statistics() {
    return meters().map(LinkMeter::statistics).toList();
  }

  /**
   * The figures of the links that are a {@link MetricSource}, with each link's kind and name. The
   * server asks all links at once, and leaves out a link without an answer within a second.
   */
  public List<Metric> metrics() {
    linkMetrics.forEach(LinkMetrics::ask);
    var end = System.nanoTime() + METRICS_TIME.toNanos();
    return linkMetrics.stream().flatMap(source -> source.answer(end).stream()).toList();
  }

  private List<LinkMetrics> linkMetrics() {
    return Stream.concat(
            filters.stream()
                .flatMap(link -> link.failures.metrics(link.filter, Kind.FILTER, generation)),
            processors.values().stream()
                .flatMap(link -> link.failures.metrics(link.processor, Kind.PROCESSOR, generation)))
        .toList();
  }

  public Stream<LinkMeter> meters() {
    return Stream.of(
            Stream.of(all),
            filters.stream().map(link -> link.meter),
            processors.values().stream()
                .sorted(Comparator.comparing(link -> link.command))
                .map(link -> link.meter),
            Stream.of(noProcessor))
        .flatMap(meters -> meters)
        .filter(Objects::nonNull);
  }

  boolean counts() {
    return all != null;
  }

  public Clients clients() {
    return clients;
  }

  List<FilterLink> filterLinks() {
    return filters;
  }

  Collection<ProcessorLink> processorLinks() {
    return processors.values();
  }

  @Nullable ProcessorLink processorLink(String command) {
    return processors.get(command);
  }

  /**
   * Returns the bits of the links with these names, except a bit that a link with another name
   * shares. Its failures would otherwise count against these links.
   */
  public long bits(Set<ChangedLinks.Name> names) {
    var bits = 0L;
    var others = 0L;
    for (var link : filters) {
      if (names.contains(new ChangedLinks.Name(FilterLink.KIND, link.name))) {
        bits |= link.bit;
      } else {
        others |= link.bit;
      }
    }
    for (var link : processors.values()) {
      if (names.contains(new ChangedLinks.Name(ProcessorLink.KIND, link.command))) {
        bits |= link.bit;
      } else {
        others |= link.bit;
      }
    }
    return bits & ~others;
  }

  private static long bit(int index) {
    return 1L << Math.min(index, LAST_BIT);
  }

  /**
   * Returns the innermost link that runs on a thread with this stack; empty without one.
   *
   * @param stack the innermost frame first
   */
  public Optional<String> linkOf(StackTraceElement[] stack) {
    for (var i = 1; i < stack.length; i++) {
      var className = stack[i - 1].getClassName();
      if (stack[i].getClassName().equals(FilterLink.class.getName())) {
        return filters.stream()
            .filter(link -> declares(link.filter, className))
            .map(link -> link.name)
            .findFirst();
      }
      if (stack[i].getClassName().equals(ProcessorLink.class.getName())) {
        return processors.values().stream()
            .filter(link -> declares(link.processor, className))
            .map(link -> link.command)
            .sorted()
            .findFirst();
      }
    }
    return Optional.empty();
  }

  /** Whether a class of this name is the link's, or one that it extends. */
  private static boolean declares(Object link, String className) {
    for (Class<?> c = link.getClass(); c != null; c = c.getSuperclass()) {
      if (c.getName().equals(className)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a processor has this command. */
  public boolean knows(String command) {
    return processors.containsKey(command);
  }

  /** Whether the message needs a virtual thread, because a link that it runs through may block. */
  public boolean mayBlock(Message message) {
    if (startThread.virtual(message, generation)) {
      return true;
    }
    var processor = processors.get(message.command());
    return processor != null && processor.mayBlock(message, generation);
  }

  /**
   * Runs a message through the chain and answers it: with the refusal, with 404, or with the {@code
   * ack} that the client requested. While the broker still takes a publication of the message,
   * {@link Result#settle} or {@link Result#await} answers instead. Throws nothing.
   *
   * @param slot the event loop's slot of the block watch, or null on a virtual thread
   */
  public Result run(
      Connection connection, Message message, Publisher publisher, BlockWatch.@Nullable Slot slot) {
    var result = begin(connection, message, publisher, slot);
    var exchange = result.exchange();
    return result.outcome() instanceof Outcome.Done && !exchange.underWay().equals(Broker.TAKEN)
        ? result
        : end(exchange, result.outcome());
  }

  /**
   * Runs a message through the chain on a thread that may wait, and waits until the broker has
   * taken the message's publications. Throws nothing.
   *
   * @return a task that answers the message, for the connection's event loop
   */
  public Runnable runOnVirtualThread(Connection connection, Message message, Publisher publisher) {
    var result = begin(connection, message, publisher, null);
    var outcome =
        result.outcome() instanceof Outcome.Done ? result.awaitPublications() : result.outcome();
    return () -> end(result.exchange(), outcome);
  }

  /** Runs a message through the chain without answering it; the caller calls {@link #end}. */
  public Result begin(
      Connection connection, Message message, Publisher publisher, BlockWatch.@Nullable Slot slot) {
    var exchange = new RunningExchange(this, connection, publisher, message, slot);
    var outcome = first.run(exchange);
    exchange.finish();
    if (outcome instanceof Outcome.Done(var handled) && !handled && exchange.sent() == 0) {
      outcome = Outcome.refused(404, "nobody handles this command");
      if (noProcessor != null) {
        noProcessor.refused(exchange, outcome);
      }
    }
    if (all != null) {
      all.count(exchange, exchange.wholeTime());
    }
    return new Result(outcome, exchange.published(), exchange);
  }

  /** Answers a message whose outcome, with that of its publications, is final. */
  public Result end(RunningExchange exchange, Outcome outcome) {
    if (all != null) {
      all.refused(exchange, outcome);
    }
    var failed = outcome instanceof Outcome.Refused refused && refused.status() >= SERVER_FAILED;
    clients.count(exchange.connection(), failed ? exchange.threw() : 0);
    answer(exchange, outcome);
    if (exchange.trace() != null) {
      exchange.trace().end(outcome);
    }
    return new Result(outcome, exchange.published(), null);
  }

  /** The links' methods of a connection's life. */
  public ConnectionHooks hooks() {
    return hooks;
  }

  /** Whether the reply to this message carries a trace. */
  boolean explains(Message message) {
    return explains && message.headers().is(Trace.HEADER, "true");
  }

  private Outcome runProcessor(RunningExchange exchange) {
    var processor = processors.get(exchange.request().command());
    if (processor != null) {
      return processor.run(exchange);
    }
    if (noProcessor != null) {
      noProcessor.count(exchange, LinkMeter.UNTIMED);
    }
    return Outcome.Done.UNHANDLED;
  }

  private static void answer(RunningExchange exchange, Outcome outcome) {
    switch (outcome) {
      case Outcome.Done done -> {
        var unsaid = exchange.explains() && exchange.sent() == 0;
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

  /** A filter with its name and policy. */
  public record NamedFilter(String name, Filter filter, OnError onError) {}

  /** A processor and its command. */
  public record NamedProcessor(String command, Processor processor) {}
}
