package io.lhttp.internal.chain;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Chain;
import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.Outcome;
import io.lhttp.Processor;
import io.lhttp.RefusedException;
import io.lhttp.chain.OnError;
import io.lhttp.channel.Broker;
import io.lhttp.internal.measure.Clients;
import io.lhttp.internal.measure.Meters;
import io.lhttp.message.Message;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Beginnings and ends pair up, by instance and connection, in generated sequences of opens,
 * messages, swaps, returns to older chains and closes.
 */
class JoinLeaveSequencesTest {
  private static final int SEQUENCES = 400;
  private static final int STEPS = 60;
  private static final int MOST_CONNECTIONS = 4;

  private final List<String> faults = new ArrayList<>();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void sequences_pairEachBeginningWithOneEnd(long seed) {
    for (var i = 0; i < SEQUENCES; i++) {
      var sequence = new Sequence(seed * SEQUENCES + i);
      sequence.run();
      assertThat(faults).as("seed %d: %s", seed * SEQUENCES + i, sequence.steps).isEmpty();
    }
  }

  /** One run with chains, connections and a seed of its own. */
  private final class Sequence {
    final List<String> steps = new ArrayList<>();
    private final Random random;
    private final List<Pipeline> chains = new ArrayList<>();
    private final List<Object> links = new ArrayList<>();
    private final IdentityHashMap<StubConnection, Pipeline> open = new IdentityHashMap<>();
    private Pipeline current;

    Sequence(long seed) {
      random = new Random(seed);
      current = chain();
    }

    void run() {
      for (var i = 0; i < STEPS; i++) {
        step();
      }
      List.copyOf(open.keySet()).forEach(this::close);
      for (var link : links) {
        ((Life) link).requireNoneOpen();
      }
    }

    private void step() {
      switch (random.nextInt(10)) {
        case 0, 1 -> open();
        case 2, 3, 4, 5 -> some(this::message);
        case 6 -> some(this::close);
        case 7 -> some(this::update);
        case 8 -> current = chain();
        default -> {
          current = chains.get(random.nextInt(chains.size()));
          steps.add("back to " + current.generation());
        }
      }
    }

    private void some(Consumer<StubConnection> step) {
      var connections = List.copyOf(open.keySet());
      if (!connections.isEmpty()) {
        step.accept(connections.get(random.nextInt(connections.size())));
      }
    }

    private void open() {
      if (open.size() < MOST_CONNECTIONS) {
        steps.add("open");
        var connection = new StubConnection();
        if (current.hooks().open(connection)) {
          open.put(connection, current);
        } else {
          current.hooks().close(connection);
        }
      }
    }

    private void message(StubConnection connection) {
      if (update(connection)) {
        steps.add("message");
        var command = random.nextBoolean() ? "a" : "b";
        current.run(connection, Message.of(command, ""), (by, c, m) -> Broker.TAKEN, null);
      }
    }

    private boolean update(StubConnection connection) {
      if (open.put(connection, current) != current && !current.hooks().upToDate(connection)) {
        steps.add("update");
        if (!current.hooks().update(connection)) {
          close(connection);
          return false;
        }
      }
      return true;
    }

    private void close(StubConnection connection) {
      steps.add("close");
      open.remove(connection);
      current.hooks().close(connection);
    }

    /** A chain with some older links, in any order, and some new ones. */
    private Pipeline chain() {
      var filters = new ArrayList<Pipeline.NamedFilter>();
      var processors = new ArrayList<Pipeline.NamedProcessor>();
      Collections.shuffle(links, random);
      for (var link : List.copyOf(links)) {
        if (random.nextInt(3) == 0 && link instanceof Filter filter && filters.size() < 4) {
          filters.add(new Pipeline.NamedFilter("f" + filters.size(), filter, OnError.REFUSE));
        }
      }
      for (var i = random.nextInt(3); i > 0; i--) {
        var filter = filter();
        links.add(filter);
        filters.add(new Pipeline.NamedFilter("f" + filters.size(), filter, OnError.REFUSE));
      }
      for (var command : List.of("a", "b")) {
        if (random.nextBoolean()) {
          var processor = processor();
          processors.add(new Pipeline.NamedProcessor(command, processor));
        }
      }
      var chain =
          new Pipeline(
              chains.size() + 1,
              filters,
              processors,
              new Meters(1, false),
              false,
              new Clients(),
              new FailureDetail());
      chains.add(chain);
      steps.add("chain " + chain.generation());
      return chain;
    }

    private Filter filter() {
      return switch (random.nextInt(3)) {
        case 0 -> new Whole(random.nextInt(4) == 0 ? 0.2 : 0, random);
        case 1 -> new OpensAndCloses();
        default -> new JoinsAndCloses();
      };
    }

    private Processor processor() {
      for (var link : links) {
        if (random.nextInt(4) == 0 && link instanceof Processor known) {
          return known;
        }
      }
      var made = new Counter();
      links.add(made);
      return made;
    }
  }

  /** Checks the calls of one instance. */
  private class Life {
    private final IdentityHashMap<Connection, Integer> begun = new IdentityHashMap<>();

    void begin(Connection connection) {
      begun.merge(connection, 1, Integer::sum);
    }

    void message(Connection connection) {
      if (!begun.containsKey(connection)) {
        faults.add("a message outside of " + getClass().getSimpleName());
      }
    }

    void end(Connection connection) {
      if (!begun.containsKey(connection)) {
        faults.add("an end without a beginning of " + getClass().getSimpleName());
      }
      begun.computeIfPresent(connection, (c, count) -> count == 1 ? null : count - 1);
    }

    void requireNoneOpen() {
      if (!begun.isEmpty()) {
        faults.add("a beginning without an end of " + getClass().getSimpleName());
      }
    }
  }

  /** A filter with all hooks, whose {@code onOpen} and {@code onJoin} sometimes fail. */
  private final class Whole extends Life implements Filter {
    private final double failing;
    private final Random random;

    Whole(double failing, Random random) {
      this.failing = failing;
      this.random = random;
    }

    @Override
    public void onOpen(Connection connection) {
      failAtTimes();
      begin(connection);
    }

    @Override
    public void onJoin(Connection connection) {
      failAtTimes();
      begin(connection);
    }

    private void failAtTimes() {
      if (random.nextDouble() < failing) {
        throw new RefusedException(403, "not now");
      }
    }

    @Override
    public Outcome filter(Exchange exchange, Chain chain) throws Exception {
      message(exchange.connection());
      return chain.proceed(exchange);
    }

    @Override
    public void onLeave(Connection connection) {
      end(connection);
    }

    @Override
    public void onClose(Connection connection) {
      end(connection);
    }
  }

  private final class OpensAndCloses extends Life implements Filter {
    @Override
    public void onOpen(Connection connection) {
      begin(connection);
    }

    @Override
    public void onClose(Connection connection) {
      end(connection);
    }
  }

  private final class JoinsAndCloses extends Life implements Filter {
    @Override
    public void onJoin(Connection connection) {
      begin(connection);
    }

    @Override
    public void onClose(Connection connection) {
      end(connection);
    }
  }

  private final class Counter extends Life implements Processor {
    @Override
    public void onOpen(Exchange exchange) {
      begin(exchange.connection());
    }

    @Override
    public void onMessage(Exchange exchange) {
      message(exchange.connection());
    }

    @Override
    public void onClose(Connection connection) {
      end(connection);
    }
  }
}
