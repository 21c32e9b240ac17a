package io.lhttp.testing;

import io.lhttp.CloseStatus;
import io.lhttp.Filter;
import io.lhttp.Outcome;
import io.lhttp.Processor;
import io.lhttp.RefusedException;
import io.lhttp.chain.ChainException;
import io.lhttp.chain.ChainSpec;
import io.lhttp.chain.FilterSpec;
import io.lhttp.chain.ProcessorSpec;
import io.lhttp.channel.Broker;
import io.lhttp.channel.Publications;
import io.lhttp.internal.version.Generations;
import io.lhttp.message.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The real chain without a socket: messages run through it on the calling thread.
 *
 * <pre>{@code
 * var chain = TestChain.builder().filter("no-shouting", new NoShouting()).build();
 * var connection = chain.connect("jack");
 * var result = chain.send(connection, Message.of("chat", "HELLO"));
 * assertThat(result.thrown()).isEmpty();
 * assertThat(result.outcome()).isEqualTo(Outcome.refused(422, "no shouting"));
 * }</pre>
 */
public final class TestChain implements AutoCloseable {
  private static final int STRIPE = 0;

  /** This deadline never passes, because the scheduler runs only tasks without delay. */
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  private final Generations generations;

  /** Connections that were opened and have not ended, in their order. */
  private final Set<RecordingConnection> connections =
      Collections.synchronizedSet(new LinkedHashSet<>());

  private TestChain(Generations generations) {
    this.generations = generations;
  }

  /** Creates a builder of a chain without filters and processors. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Builds a chain from its description.
   *
   * @throws ChainException if a link can't be created
   */
  public static TestChain of(ChainSpec spec) throws ChainException {
    return new TestChain(
        new Generations(
            spec,
            1,
            DEADLINE,
            (task, delay) -> {
              if (delay.isZero()) {
                task.run();
              }
            }));
  }

  /** Returns a new connection, for which the filters' {@code onOpen} has run. */
  public RecordingConnection connect(String id) {
    var connection = new RecordingConnection(id);
    open(connection);
    return connection;
  }

  /** Runs the filters' {@code onOpen}; returns false if one of them failed. */
  public boolean open(RecordingConnection connection) {
    var opened = generations.pipeline().hooks().open(connection);
    if (opened) {
      connections.add(connection);
    }
    return opened;
  }

  /** Runs the filters' {@code onReview} for an open connection, as a reload does. */
  public void review(RecordingConnection connection) {
    var unused = generations.pipeline().hooks().review(connection);
  }

  /**
   * Replaces the chain as a reload does: links with {@link io.lhttp.HandsOver} take over from those
   * of the same name. For each open connection, links that left run {@code onLeave}, new filters
   * {@code onJoin}, and filters {@code onReview} if one with it has changed. The replaced links are
   * closed afterwards.
   *
   * <p>An instance that both chains have is carried over. A connection for which {@code onJoin}
   * fails is closed with {@link CloseStatus#FAILED}.
   *
   * @throws ChainException if a link can't be created or take over; the chain stays then
   */
  public void swap(Builder next) throws ChainException {
    var before = generations.pin(STRIPE);
    try {
      var hooks = generations.swap(next.spec()).hooks();
      var reviews = hooks.reviewsAfter(before.pipeline().hooks());
      for (var connection : List.copyOf(connections)) {
        if (connection.open() && !hooks.update(connection)) {
          connection.close(CloseStatus.FAILED);
        }
        if (connection.open() && reviews) {
          var unused = hooks.review(connection);
        }
      }
    } finally {
      before.unpin(STRIPE);
    }
  }

  /** Runs the links' {@code onClose} for a connection. */
  public void end(RecordingConnection connection) {
    connections.remove(connection);
    generations.pipeline().hooks().close(connection);
  }

  /** Runs one message through the chain. */
  public Result send(RecordingConnection connection, Message message) {
    var published = new ArrayList<Published>();
    var before = connection.sent().size();
    var generation = generations.pin(STRIPE);
    try {
      var begun =
          generation
              .pipeline()
              .begin(
                  connection,
                  message,
                  (by, channel, m) -> {
                    published.add(new Published(channel, Publications.stripped(m)));
                    return Broker.TAKEN;
                  },
                  null);
      var thrown = begun.thrown();
      var outcome = begun.await().outcome();
      var sent = connection.sent();
      return new Result(outcome, sent.subList(before, sent.size()), published, thrown);
    } finally {
      generation.unpin(STRIPE);
    }
  }

  /** Whether the chain would run this message on a virtual thread. */
  public boolean mayBlock(Message message) {
    return generations.pipeline().mayBlock(message);
  }

  @Override
  public void close() {
    generations.close();
  }

  /** A publication that the chain has made, in the form that subscribers would get. */
  public record Published(String channel, Message message) {}

  /**
   * The result of a message.
   *
   * @param replies the messages sent to its connection, refusals included
   * @param thrown the exceptions that left a filter or a processor, in order. A client learns of
   *     one only by the outcome: 500, or the refusal of a {@link RefusedException}. A filter with
   *     {@code on-error: skip} throws without an effect on the outcome
   */
  public record Result(
      Outcome outcome, List<Message> replies, List<Published> published, List<Throwable> thrown) {
    public Result {
      replies = List.copyOf(replies);
      published = List.copyOf(published);
      thrown = List.copyOf(thrown);
    }
  }

  /** Builds a chain in the order of the calls. Not thread-safe. */
  public static final class Builder {
    private Builder() {}

    private final List<FilterSpec> filters = new ArrayList<>();
    private final List<ProcessorSpec> processors = new ArrayList<>();

    /** Adds a filter at the end of the chain. */
    public Builder filter(String name, Filter filter) {
      filters.add(FilterSpec.of(name, filter));
      return this;
    }

    /** Adds the processor of a command. */
    public Builder processor(String command, Processor processor) {
      processors.add(ProcessorSpec.of(command, processor));
      return this;
    }

    private ChainSpec spec() {
      return new ChainSpec(filters, processors);
    }

    /**
     * Creates the chain from the added links.
     *
     * @throws IllegalArgumentException if a name or command appears twice
     */
    public TestChain build() {
      try {
        return TestChain.of(spec());
      } catch (ChainException e) {
        throw new IllegalArgumentException(e);
      }
    }
  }
}
