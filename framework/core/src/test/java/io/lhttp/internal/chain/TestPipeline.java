package io.lhttp.internal.chain;

import io.lhttp.Chain;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.Outcome;
import io.lhttp.Processor;
import io.lhttp.chain.OnError;
import io.lhttp.channel.Broker;
import io.lhttp.internal.measure.BlockWatch;
import io.lhttp.internal.measure.Clients;
import io.lhttp.internal.measure.Meters;
import io.lhttp.message.Message;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Builds a chain for a test and keeps its connection and publications. */
public final class TestPipeline {
  /** A filter that consists of one method, so that a test can write a lambda. */
  @FunctionalInterface
  public interface Step extends Filter {
    @Override
    Outcome filter(Exchange exchange, Chain chain) throws Exception;
  }

  final StubConnection connection = new StubConnection();
  final List<String> published = new ArrayList<>();

  private final List<Pipeline.NamedFilter> filters = new ArrayList<>();
  private final List<Pipeline.NamedProcessor> processors = new ArrayList<>();
  private boolean explains;
  private @Nullable Pipeline pipeline;

  TestPipeline filter(String name, Filter filter) {
    filters.add(new Pipeline.NamedFilter(name, filter, OnError.REFUSE));
    return this;
  }

  public TestPipeline step(String name, Step step) {
    return filter(name, step);
  }

  TestPipeline skipping(String name, Step step) {
    filters.add(new Pipeline.NamedFilter(name, step, OnError.SKIP));
    return this;
  }

  public TestPipeline processor(String command, Processor processor) {
    processors.add(new Pipeline.NamedProcessor(command, processor));
    return this;
  }

  TestPipeline explaining() {
    explains = true;
    return this;
  }

  Pipeline pipeline() {
    if (pipeline == null) {
      pipeline =
          new Pipeline(
              1,
              filters,
              processors,
              new Meters(2, true),
              explains,
              new Clients(),
              new FailureDetail());
    }
    return pipeline;
  }

  public Outcome run(Message message) {
    return run(message, null);
  }

  public Outcome run(Message message, BlockWatch.@Nullable Slot slot) {
    return pipeline()
        .run(
            connection,
            message,
            (by, channel, m) -> {
              published.add(channel);
              return Broker.TAKEN;
            },
            slot)
        .outcome();
  }

  /** Runs a message. Returns the messages that were sent because of it. */
  List<Message> replies(Message message) {
    var before = connection.sent.size();
    run(message);
    return connection.sent.subList(before, connection.sent.size());
  }

  /** Runs a message. Returns its only reply. */
  Message reply(Message message) {
    var replies = replies(message);
    if (replies.size() != 1) {
      throw new AssertionError("one reply was expected: " + replies);
    }
    return replies.getFirst();
  }
}
