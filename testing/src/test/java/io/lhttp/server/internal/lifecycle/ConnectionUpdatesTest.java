package io.lhttp.server.internal.lifecycle;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Chain;
import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.Outcome;
import io.lhttp.Processor;
import io.lhttp.chain.ChainException;
import io.lhttp.chain.ChainSpec;
import io.lhttp.chain.FilterSpec;
import io.lhttp.chain.ProcessorSpec;
import io.lhttp.fixture.RawClient;
import io.lhttp.message.Message;
import io.lhttp.server.Limits;
import io.lhttp.server.fixture.Gate;
import io.lhttp.server.fixture.Life;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.LhttpServerExtension;
import io.lhttp.testing.TestClient;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Links leave and join the open connections of a real server when its chain is replaced. */
class ConnectionUpdatesTest {
  private static final int CONNECTIONS = 1_000;
  private static final ProcessorSpec ECHO =
      ProcessorSpec.of("echo", exchange -> exchange.send(exchange.request().body()));

  private final Queue<String> faults = new ConcurrentLinkedQueue<>();
  private final List<String> trail = Collections.synchronizedList(new ArrayList<>());
  private final Gate gate = new Gate();
  private final List<RawClient> silent = new ArrayList<>();

  @RegisterExtension
  final LhttpServerExtension server =
      new LhttpServerExtension(builder ->
          builder
              .limits(
                  Limits.builder()
                      .connectionsPerAddress(2 * CONNECTIONS)
                      .handshakesPerAddress(10 * CONNECTIONS)
                      .build())
              .chain(new ChainSpec(List.of(), List.of(ECHO))));

  @AfterEach
  void end() throws IOException {
    gate.open();
    for (var client : silent) {
      client.close();
    }
  }

  @Test
  void silentConnections_leaveAndJoinOnceEach() throws Exception {
    var before = filter("before");
    swap(before);
    openSilent(CONNECTIONS);
    Eventually.holds("all are open", () -> before.opened.get() == CONNECTIONS);
    var after = filter("after");

    swap(after);

    Eventually.holds("all have left", () -> before.left.get() == CONNECTIONS);
    Eventually.holds("all have joined", () -> after.joined.get() == CONNECTIONS);
    Eventually.holds("the replaced filter is closed", before.closed::get);
    end();
    Eventually.holds("all are closed", () -> after.ended.get() == CONNECTIONS);
    assertThat(before.ended).hasValue(0);
    assertThat(faults).isEmpty();
  }

  @Test
  void message_beforeRound_meetsJoinedFilter() throws Exception {
    var client = server.connect();
    client.request(Message.of("echo", "1"));
    for (var i = 0; i < 50; i++) {
      swap(filter("f" + i));
      client.request(Message.of("echo", "x"));
    }
    assertThat(faults).isEmpty();
  }

  @Test
  void hangingOnLeave_holdsBackNoOtherConnectionAndNoReload() throws Exception {
    var hanging =
        new Life.OfFilter("hanging", faults) {
          private final AtomicBoolean first = new AtomicBoolean(true);

          @Override
          public void onLeave(Connection connection) throws Exception {
            if (first.getAndSet(false)) {
              gate.pass();
            }
            super.onLeave(connection);
          }
        };
    swap(hanging);
    var clients = List.of(server.connect(), server.connect(), server.connect());
    Eventually.holds("all are open", () -> hanging.opened.get() == 3);
    var after = filter("after");

    swap(after);
    gate.awaitReached();

    Eventually.holds("the others have joined", () -> after.joined.get() == 2);
    swap(after, filter("third"));
    assertThat(hanging.closed).isFalse();
    gate.open();
    Eventually.holds("the last has joined", () -> after.joined.get() == 3);
    Eventually.holds("the replaced filter is closed", hanging.closed::get);
    for (var client : clients) {
      assertThat(client.request(Message.of("echo", "x")).body()).isEqualTo("x");
    }
    assertThat(faults).isEmpty();
  }

  @Test
  void hangingMessage_keepsItsFilterUntilItLeaves() throws Exception {
    var before =
        new Life.OfFilter("before", faults) {
          @Override
          public Outcome filter(Exchange exchange, Chain chain) throws Exception {
            gate.pass();
            return super.filter(exchange, chain);
          }
        };
    swap(before);
    var client = server.connect();
    client.send(Message.of("echo", "slow"));
    gate.awaitReached();
    var after = filter("after");

    swap(after);
    client.send(Message.of("echo", "next"));
    assertThat(before.left).hasValue(0);
    gate.open();

    assertThat(client.receive(2)).extracting(Message::body).containsExactly("slow", "next");
    assertThat(before.left).hasValue(1);
    assertThat(after.joined).hasValue(1);
    assertThat(faults).isEmpty();
  }

  @Test
  void hangingOnOpen_isFollowedByOnLeave() throws Exception {
    var before =
        new Life.OfFilter("before", faults) {
          @Override
          public void onOpen(Connection connection) throws Exception {
            gate.pass();
            super.onOpen(connection);
          }
        };
    swap(before);
    openSilent(1);
    gate.awaitReached();
    var after = filter("after");

    swap(after);
    gate.open();

    Eventually.holds("the new one has joined", () -> after.joined.get() == 1);
    assertThat(before.left).hasValue(1);
    assertThat(faults).isEmpty();
  }

  @Test
  void failingOnJoin_closesItsConnectionAndIsCounted() throws Exception {
    var chain = ServerInternals.of(server.server()).chain();
    chain.countClients();
    var client = server.connect();
    client.request(Message.of("echo", "x"));
    var kept = filter("kept");
    swap(kept);
    Eventually.holds("it has joined", () -> kept.joined.get() == 1);

    var tried =
        chain.tryOut(
            spec(
                kept,
                new Life.OfFilter("failing", faults) {
                  @Override
                  public void onJoin(Connection connection) {
                    throw new IllegalStateException("a fault of the test");
                  }
                }));

    assertThat(client.closed().code()).isEqualTo(1011);
    assertThat(chain.clientCounts().failed()).isEqualTo(1);
    chain.rollBack(tried.generation());
    Eventually.holds("its end was told", () -> kept.ended.get() == 1);
    assertThat(faults).isEmpty();
  }

  @Test
  void rollback_bringsConnectionsBack() throws Exception {
    var before = filter("before");
    swap(before);
    openSilent(3);
    Eventually.holds("all are open", () -> before.opened.get() == 3);
    var tried = filter("tried");
    var chain = ServerInternals.of(server.server()).chain();

    var generation = chain.tryOut(spec(tried));
    Eventually.holds("all have joined", () -> tried.joined.get() == 3);
    chain.rollBack(generation.generation());

    Eventually.holds("all are back", () -> before.joined.get() == 3);
    Eventually.holds("the tried filter is closed", tried.closed::get);
    assertThat(before.closed).isFalse();
    assertThat(tried.left).hasValue(3);
    assertThat(faults).isEmpty();
  }

  @Test
  void silentUserOfProcessor_isLeftByIt() throws Exception {
    var before = new Life.OfProcessor("before", faults);
    swapProcessor(before);
    var user = server.connect();
    var other = server.connect();
    user.request(Message.of("count", "x"));
    other.request(Message.of("echo", "x"));
    var after = new Life.OfProcessor("after", faults);

    swapProcessor(after);

    Eventually.holds("the replaced processor is closed", before.closed::get);
    assertThat(before.left).hasValue(1);
    assertThat(after.opened).hasValue(0);
    user.request(Message.of("count", "x"));
    assertThat(after.opened).hasValue(1);
    assertThat(faults).isEmpty();
  }

  @Test
  void leaveAndJoin_comeBeforeReview() throws Exception {
    class Reviewer extends Life.OfFilter {
      private final String name;

      Reviewer(String name) {
        super(name, faults);
        this.name = name;
      }

      @Override
      public void onJoin(Connection connection) throws Exception {
        super.onJoin(connection);
        trail.add(name + " join");
      }

      @Override
      public void onLeave(Connection connection) throws Exception {
        super.onLeave(connection);
        trail.add(name + " leave");
      }

      @Override
      public void onReview(Connection connection) {
        trail.add(name + " review");
      }
    }

    var before = new Reviewer("before");
    swap(before);
    openSilent(1);
    Eventually.holds("it is open", () -> before.opened.get() == 1);

    swap(new Reviewer("after"));

    Eventually.holds("all was called", () -> trail.size() == 3);
    assertThat(trail).containsExactly("before leave", "after join", "after review");
  }

  @Test
  void onJoin_maySendMessages() throws Exception {
    var client = server.connect();
    client.request(Message.of("echo", "x"));

    swap(
        new Life.OfFilter("greeter", faults) {
          @Override
          public void onJoin(Connection connection) throws Exception {
            super.onJoin(connection);
            connection.send(Message.of("welcome", ""));
          }
        });

    assertThat(client.receive().command()).isEqualTo("welcome");
  }

  @Test
  void publishOverHttp_hasOneBeginningAndOneEnd() throws Exception {
    var filter = filter("filter");
    swap(filter);

    try (var client = RawClient.connect(server.server().port())) {
      var message = Message.builder("echo").header("publish", "news").body("x").build();
      var answer = client.send(RawClient.publish(new String(message.toBytes(), UTF_8))).answer();
      assertThat(answer.status()).isEqualTo(200);
    }

    Eventually.holds("it has ended", () -> filter.ended.get() == 1);
    assertThat(filter.opened).hasValue(1);
    assertThat(faults).isEmpty();
  }

  @Test
  void replacedFilter_isCollectedWhileConnectionsStaySilent() throws Exception {
    var before = replaceUnderSilentConnection();

    Eventually.holds(
        "the replaced filter is collected",
        () -> {
          System.gc();
          return before.get() == null;
        });
  }

  private WeakReference<Life.OfFilter> replaceUnderSilentConnection() throws Exception {
    var before = filter("before");
    swap(before);
    openSilent(1);
    Eventually.holds("it is open", () -> before.opened.get() == 1);
    swap(filter("after"));
    Eventually.holds("the replaced filter is closed", before.closed::get);
    return new WeakReference<>(before);
  }

  /** Clients send and reconnect while chains change at random. */
  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13})
  void randomChanges_underMessages_pairBeginningsAndEnds(long seed) throws Exception {
    var running = new AtomicBoolean(true);
    var clients = new ArrayList<CompletableFuture<Void>>();
    for (var i = 0; i < 4; i++) {
      var random = new Random(seed * 10 + i);
      clients.add(
          CompletableFuture.runAsync(() -> use(random, running), Thread::startVirtualThread));
    }
    openSilent(20);
    var lives = change(new Random(seed));
    running.set(false);
    for (var client : clients) {
      client.get(90, TimeUnit.SECONDS);
    }
    end();

    Eventually.holds("all have ended", () -> lives.stream().allMatch(life -> life.open() == 0));
    assertThat(faults).as("seed %d", seed).isEmpty();
    assertThat(lives).anyMatch(life -> life.joined.get() > 0);
  }

  private void use(Random random, AtomicBoolean running) {
    while (running.get()) {
      try (var client = TestClient.connect(server.uri())) {
        for (var i = random.nextInt(30); i > 0 && running.get(); i--) {
          client.request(Message.of(random.nextBoolean() ? "echo" : "count", "x"));
        }
      }
    }
  }

  private List<Life> change(Random random) throws ChainException {
    var chain = ServerInternals.of(server.server()).chain();
    var lives = new ArrayList<Life>();
    var filters = new ArrayList<Life.OfFilter>();
    var processor = new Life.OfProcessor("p", faults);
    lives.add(processor);
    var onTrial = 0;
    for (var i = 0; i < 60; i++) {
      if (onTrial > 0 && random.nextInt(3) == 0) {
        chain.rollBack(onTrial);
        onTrial = 0;
        filters.clear(); // some of these are closed
        continue;
      }
      if (!filters.isEmpty() && random.nextBoolean()) {
        filters.remove(random.nextInt(filters.size()));
      }
      if (filters.size() < 4 && random.nextInt(3) > 0) {
        var filter = filter("f" + i);
        filters.add(filter);
        lives.add(filter);
      }
      Collections.shuffle(filters, random);
      if (random.nextInt(4) == 0 || processor.closed.get()) {
        processor = new Life.OfProcessor("p" + i, faults);
        lives.add(processor);
      }
      var spec = spec(filters, processor);
      if (random.nextInt(3) == 0) {
        onTrial = chain.tryOut(spec).generation();
        filters.clear(); // they may be closed by a rollback
        processor = new Life.OfProcessor("p" + i + "x", faults);
        lives.add(processor);
      } else {
        chain.swap(spec);
        onTrial = 0;
      }
    }
    return lives;
  }

  private Life.OfFilter filter(String name) {
    return new Life.OfFilter(name, faults);
  }

  private void openSilent(int count) throws IOException {
    for (var i = 0; i < count; i++) {
      silent.add(RawClient.open(server.server().port()));
    }
  }

  private void swap(Filter... filters) throws ChainException {
    server.server().swap(spec(filters));
  }

  private void swapProcessor(Processor processor) throws ChainException {
    server
        .server()
        .swap(new ChainSpec(List.of(), List.of(ECHO, ProcessorSpec.of("count", processor))));
  }

  private static ChainSpec spec(Filter... filters) {
    return new ChainSpec(specs(List.of(filters)), List.of(ECHO));
  }

  private static ChainSpec spec(List<? extends Filter> filters, Processor processor) {
    return new ChainSpec(specs(filters), List.of(ECHO, ProcessorSpec.of("count", processor)));
  }

  private static List<FilterSpec> specs(List<? extends Filter> filters) {
    var specs = new ArrayList<FilterSpec>();
    for (var filter : filters) {
      specs.add(FilterSpec.of("f" + System.identityHashCode(filter), filter));
    }
    return specs;
  }
}
