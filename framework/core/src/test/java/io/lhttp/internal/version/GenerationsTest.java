package io.lhttp.internal.version;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.Principal;
import io.lhttp.Processor;
import io.lhttp.chain.ChainException;
import io.lhttp.chain.ChainSpec;
import io.lhttp.chain.ClientCounts;
import io.lhttp.chain.FilterSpec;
import io.lhttp.chain.OnError;
import io.lhttp.chain.ProcessorSpec;
import io.lhttp.channel.Broker;
import io.lhttp.fixture.CapturedLog;
import io.lhttp.internal.chain.StubConnection;
import io.lhttp.internal.chain.TestPipeline;
import io.lhttp.message.Message;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A new chain replaces the running one, and unused links are closed. */
class GenerationsTest {
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  private final ManualScheduler scheduler = new ManualScheduler();

  @Test
  void swap_replacesRunningGeneration() throws Exception {
    var generations = generations(chain(spec("a", "1", new Closable())));

    var pipeline = generations.swap(chain(spec("b", "1", new Closable())));

    assertThat(generations.pipeline()).isSameAs(pipeline);
    assertThat(pipeline.generation()).isEqualTo(2);
    assertThat(pipeline.filterNames()).containsExactly("b");
  }

  @Test
  void pin_beforeSwap_keepsOldGeneration() throws Exception {
    var generations = generations(chain(spec("a", "1", new Closable())));
    var pinned = generations.pin(0);

    generations.swap(chain(spec("b", "1", new Closable())));

    assertThat(pinned.pipeline().filterNames()).containsExactly("a");
    assertThat(generations.pin(0).pipeline().filterNames()).containsExactly("b");
  }

  @Test
  void exchange_swapMeanwhile_seesOneGeneration() throws Exception {
    var seen = new ArrayList<Integer>();
    var swapping = new ArrayList<Generations>();
    TestPipeline.Step swap =
        (exchange, rest) -> {
          seen.add(exchange.generation());
          swapping.getFirst().swap(chain());
          var outcome = rest.proceed(exchange);
          seen.add(exchange.generation());
          return outcome;
        };
    Processor processor = exchange -> seen.add(exchange.generation());
    var generations =
        generations(
            new ChainSpec(
                List.of(FilterSpec.of("swap", swap)), List.of(ProcessorSpec.of("x", processor))));
    swapping.add(generations);

    var pinned = generations.pin(0);
    pinned
        .pipeline()
        .run(new StubConnection(), Message.of("x", ""), (by, c, m) -> Broker.TAKEN, null);
    pinned.unpin(0);

    assertThat(seen).containsExactly(1, 1, 1);
    assertThat(generations.pipeline().generation()).isEqualTo(2);
  }

  @Test
  void swap_unchangedLink_keepsInstance() throws Exception {
    var made = new AtomicInteger();
    Callable<Filter> make =
        () -> {
          made.incrementAndGet();
          return new Closable();
        };
    var generations = generations(chain(new FilterSpec("a", "1", OnError.REFUSE, make)));

    generations.swap(
        chain(
            new FilterSpec("new", "1", OnError.REFUSE, Closable::new),
            new FilterSpec("a", "1", OnError.SKIP, make)));

    assertThat(made).hasValue(1);
    assertThat(generations.pipeline().filterNames()).containsExactly("new", "a");
  }

  @Test
  void swap_changedLink_isCreatedAgain() throws Exception {
    var old = new Closable();
    var next = new Closable();
    var generations = generations(chain(spec("a", "1", old)));

    generations.swap(chain(spec("a", "2", next)));
    scheduler.runDue();

    assertThat(old.closed).hasValue(1);
    assertThat(next.closed).hasValue(0);
  }

  @Test
  void swap_borrowedLinks_areNotClosed() throws Exception {
    var filter = new Closable();
    var processor = new ClosableProcessor();
    var generations =
        generations(
            new ChainSpec(
                List.of(FilterSpec.borrowed("a", OnError.REFUSE, filter)),
                List.of(ProcessorSpec.borrowed("x", processor))));

    generations.swap(chain());
    scheduler.runDue();
    generations.close();

    assertThat(filter.closed).hasValue(0);
    assertThat(processor.closed).hasValue(0);
  }

  @Test
  void swap_filterAndProcessorOfSameName_areDistinct() throws Exception {
    var filter = new Closable();
    var generations = generations(chain(spec("chat", "1", filter)));
    var processor = new ClosableProcessor();

    generations.swap(
        new ChainSpec(List.of(), List.of(new ProcessorSpec("chat", "1", () -> processor))));
    scheduler.runDue();

    assertThat(filter.closed).hasValue(1);
    assertThat(processor.closed).hasValue(0);
  }

  @Test
  void swap_filterCannotBeMade_changesNothing() throws Exception {
    var running = new Closable();
    var made = new Closable();
    var generations = generations(chain(spec("a", "1", running)));
    var before = generations.pipeline();

    assertThatThrownBy(() ->
            generations.swap(
                chain(
                    spec("a", "1", running),
                    spec("b", "1", made),
                    new FilterSpec(
                        "c",
                        "1",
                        OnError.REFUSE,
                        () -> {
                          throw new IllegalArgumentException("line 3: unknown key 'rat'");
                        }))))
        .isInstanceOf(ChainException.class)
        .hasMessageContaining("filter 'c'")
        .hasMessageContaining("line 3: unknown key 'rat'");
    scheduler.runDue();

    assertThat(generations.pipeline()).isSameAs(before);
    assertThat(running.closed).hasValue(0);
    assertThat(made.closed).hasValue(1);
  }

  @Test
  void swap_processorCannotBeMade_changesNothing() throws Exception {
    var made = new Closable();
    var generations = generations(chain());

    assertThatThrownBy(() ->
            generations.swap(
                new ChainSpec(
                    List.of(spec("a", "1", made)),
                    List.of(
                        new ProcessorSpec(
                            "chat",
                            "1",
                            () -> {
                              throw new ExceptionInInitializerError("static trouble");
                            })))))
        .isInstanceOf(ChainException.class)
        .hasMessageContaining("processor 'chat'");

    assertThat(generations.pipeline().generation()).isEqualTo(1);
    assertThat(made.closed).hasValue(1);
  }

  @Test
  @SuppressWarnings("NullAway") // a careless factory does this
  void swap_factoryReturnsNull_isRefusedByName() throws Exception {
    var generations = generations(chain());

    assertThatThrownBy(
            () -> generations.swap(chain(new FilterSpec("a", "1", OnError.REFUSE, () -> null))))
        .isInstanceOf(ChainException.class)
        .hasMessageContaining("filter 'a'");
  }

  @Test
  void swap_afterFailedSwap_works() throws Exception {
    var generations = generations(chain(spec("a", "1", new Closable())));
    assertThatThrownBy(() ->
            generations.swap(
                chain(
                    new FilterSpec(
                        "b",
                        "1",
                        OnError.REFUSE,
                        () -> {
                          throw new IllegalStateException("no");
                        }))))
        .isInstanceOf(ChainException.class);

    assertThat(generations.swap(chain(spec("b", "1", new Closable()))).generation()).isEqualTo(2);
  }

  @Test
  void swap_whileLinkIsMade_blocksNobody() throws Exception {
    var generations = generations(chain(spec("a", "1", new Closable())));
    Callable<Filter> slow =
        () -> {
          var others = CompletableFuture.supplyAsync(() -> lookAt(generations));
          assertThat(others.get(30, TimeUnit.SECONDS)).isEqualTo("1 alive, not pinned");
          return new Closable();
        };

    generations.swap(chain(new FilterSpec("slow", "1", OnError.REFUSE, slow)));

    assertThat(generations.pipeline().generation()).isEqualTo(2);
  }

  private static String lookAt(Generations generations) {
    generations.clientCounts();
    generations.keep(1);
    generations.countClients();
    return "%d alive, %s"
        .formatted(generations.living(), generations.pinned(0) ? "pinned" : "not pinned");
  }

  @Test
  void build_closedWhileMaking_closesMadeLinks() throws Exception {
    var generations = generations(chain(spec("a", "1", new Closable())));
    var first = new Closable();
    var second = new Closable();
    var never = new Closable();
    var giveUp = new ArrayList<Build>();
    var build =
        generations.prepare(
            chain(
                spec("first", "1", first),
                new FilterSpec(
                    "second",
                    "1",
                    OnError.REFUSE,
                    () -> {
                      giveUp.getFirst().close();
                      return second;
                    }),
                spec("never", "1", never)));
    giveUp.add(build);

    assertThatThrownBy(build::make).isInstanceOf(CancellationException.class);

    assertThat(first.closed).hasValue(1);
    assertThat(second.closed).hasValue(1);
    assertThat(never.closed).hasValue(0);
    assertThatThrownBy(() -> generations.swap(build)).isInstanceOf(IllegalStateException.class);
    assertThat(generations.pipeline().filterNames()).containsExactly("a");
  }

  @Test
  void build_withLinkClosedMeanwhile_isNotSwappedIn() throws Exception {
    var generations = generations(chain(spec("a", "1", new Closable())));
    var condemned = new Closable();
    generations.tryOut(chain(spec("b", "1", condemned)));
    try (var build = generations.prepare(chain(spec("b", "1", condemned)))) {
      build.make();
      generations.rollBack(2);
      scheduler.runDue();
      assertThat(condemned.closed).hasValue(1);

      assertThat(generations.swap(build)).isEmpty();
    }
    assertThat(generations.pipeline().filterNames()).containsExactly("a");
    assertThat(generations.swap(chain(spec("b", "1", new Closable()))).generation()).isEqualTo(3);
  }

  @Test
  void clientCounts_countClientOnceAndOnlyForLinkOnTrial() throws Exception {
    Processor fails =
        exchange -> {
          throw new IllegalStateException("no");
        };
    var generations =
        generations(new ChainSpec(List.of(), List.of(new ProcessorSpec("old", "1", () -> fails))));
    generations.countClients();
    generations.tryOut(
        new ChainSpec(
            List.of(),
            List.of(
                new ProcessorSpec("old", "1", () -> fails),
                new ProcessorSpec("new", "1", () -> fails))));
    for (var i = 0; i < 5; i++) {
      send(generations, client("ann", "10.0.0.1"), "old");
      send(generations, client("bob", "10.0.0.1"), "new");
      send(generations, client("", "10.0.0.2"), "new");
      send(generations, client("", "10.0.0.3"), "old");
    }

    assertThat(generations.clientCounts()).isEqualTo(new ClientCounts(4, 2));
    assertThat(generations.before()).isEqualTo(ClientCounts.NONE);
  }

  @Test
  void countsBefore_coverSameLinksOfPreviousGeneration() throws Exception {
    Processor fails =
        exchange -> {
          throw new IllegalStateException("no");
        };
    var generations =
        generations(
            new ChainSpec(
                List.of(),
                List.of(
                    new ProcessorSpec("kept", "1", () -> fails),
                    new ProcessorSpec("changed", "1", () -> fails))));
    generations.countClients();
    send(generations, client("ann", "10.0.0.1"), "kept");
    send(generations, client("bob", "10.0.0.1"), "changed");
    send(generations, client("joe", "10.0.0.1"), "none");
    Processor better = exchange -> exchange.send("better");

    generations.tryOut(
        new ChainSpec(
            List.of(),
            List.of(
                new ProcessorSpec("kept", "1", () -> fails),
                new ProcessorSpec("changed", "2", () -> better))));

    assertThat(generations.before()).isEqualTo(new ClientCounts(3, 1));
  }

  @Test
  void clientCounts_oldOnes_areForgotten() throws Exception {
    var generations = generations(chain());
    generations.countClients();
    send(generations, client("ann", "10.0.0.1"), "x");
    generations.countClients();
    send(generations, client("bob", "10.0.0.1"), "x");
    assertThat(generations.clientCounts()).isEqualTo(new ClientCounts(2, 0));

    generations.countClients();

    assertThat(generations.clientCounts()).isEqualTo(new ClientCounts(1, 0));
  }

  private static void send(Generations generations, Connection by, String command) {
    var generation = generations.pin(0);
    generation.pipeline().run(by, Message.of(command, ""), (c, channel, m) -> Broker.TAKEN, null);
    generation.unpin(0);
  }

  private static Connection client(String user, String address) throws Exception {
    var client = new StubConnection(InetAddress.getByName(address));
    client.authenticate(new Principal(user, Map.of()));
    return client;
  }

  @Test
  void swap_unusedGeneration_isClosed() throws Exception {
    var old = new Closable();
    var generations = generations(chain(spec("a", "1", old)));

    generations.swap(chain());
    scheduler.runDue();

    assertThat(old.closed).hasValue(1);
  }

  @Test
  void unpin_lastExchange_doesNotCloseOnItsThread() throws Exception {
    var old = new Closable();
    var generations = generations(chain(spec("a", "1", old)));
    var pinned = generations.pin(0);
    generations.swap(chain());

    pinned.unpin(0);

    assertThat(old.closed).as("an event loop must not wait for a close").hasValue(0);
    scheduler.runDue();
    assertThat(old.closed).hasValue(1);
  }

  @Test
  void pinnedGeneration_staysOpenUntilLastUnpin() throws Exception {
    var old = new Closable();
    var generations = generations(chain(spec("a", "1", old)));
    var one = generations.pin(0);
    var other = generations.pin(1);
    generations.swap(chain());

    one.unpin(0);
    scheduler.runDue();
    assertThat(old.closed).hasValue(0);

    other.unpin(1);
    scheduler.runDue();
    assertThat(old.closed).hasValue(1);
  }

  @Test
  void pinnedGeneration_atDeadline_isClosed() throws Exception {
    var old = new Closable();
    var generations = generations(chain(spec("a", "1", old)));
    var stuck = generations.pin(0);
    generations.swap(chain());

    scheduler.advance(DEADLINE.minusMillis(1));
    assertThat(old.closed).hasValue(0);

    scheduler.advance(Duration.ofMillis(1));
    assertThat(old.closed).hasValue(1);

    stuck.unpin(0);
    scheduler.advance(DEADLINE);
    assertThat(old.closed).as("once is enough").hasValue(1);
  }

  @Test
  void closedLink_isReportedOnce_andPinnedWhileExchangeRuns() throws Exception {
    var old = new Closable();
    var shared = new Closable();
    var closedLinks = new ArrayList<Object>();
    var generations = generations(chain(spec("a", "1", old), spec("b", "1", shared)));
    generations.onLinkClosed((kind, name, link) -> closedLinks.addAll(List.of(kind, name, link)));
    var stuck = generations.pin(0);
    generations.swap(chain(spec("b", "1", shared)));
    assertThat(closedLinks).isEmpty();

    scheduler.advance(DEADLINE);
    assertThat(closedLinks).containsExactly("filter", "a", old);
    assertThat(generations.pins(old)).isTrue();

    stuck.unpin(0);
    assertThat(generations.pins(old)).isFalse();
    assertThat(closedLinks).hasSize(3);
  }

  @Test
  void sharedLink_isClosedWithLastGeneration() throws Exception {
    var shared = new Closable();
    var generations = generations(chain(spec("a", "1", shared)));
    var first = generations.pin(0);
    generations.swap(chain(spec("a", "1", shared)));
    var second = generations.pin(0);
    generations.swap(chain());

    first.unpin(0);
    scheduler.advance(Duration.ofMillis(1));
    assertThat(shared.closed).hasValue(0);

    second.unpin(0);
    scheduler.advance(Duration.ofMillis(1));
    assertThat(shared.closed).hasValue(1);
  }

  @Test
  void objectUnderTwoNames_isClosedWithLastName() throws Exception {
    var shared = new Closable();
    var generations = generations(chain(spec("a", "1", shared), spec("b", "1", shared)));

    generations.swap(chain(spec("b", "1", shared)));
    scheduler.runDue();
    assertThat(shared.closed).as("b still runs").hasValue(0);

    generations.swap(chain());
    scheduler.runDue();
    assertThat(shared.closed).hasValue(1);
  }

  @Test
  void failedSwap_closesNoRunningLink() throws Exception {
    var running = new Closable();
    var generations = generations(chain(spec("a", "1", running)));

    assertThatThrownBy(() ->
            generations.swap(
                chain(
                    spec("another name", "1", running),
                    new FilterSpec(
                        "c",
                        "1",
                        OnError.REFUSE,
                        () -> {
                          throw new IllegalStateException("no");
                        }))))
        .isInstanceOf(ChainException.class);

    assertThat(running.closed).hasValue(0);
  }

  @Test
  void linkCloseThrows_othersAreClosed() throws Exception {
    var second = new Closable();
    var generations =
        generations(
            chain(
                spec(
                    "a",
                    "1",
                    new Closable() {
                      @Override
                      public void close() {
                        throw new IllegalStateException("it sticks");
                      }
                    }),
                spec("b", "1", second)));

    try (var log = new CapturedLog(Instance.class)) {
      generations.swap(chain());
      scheduler.runDue();
      assertThat(log.messages()).singleElement().asString().contains("name=a");
    }
    assertThat(second.closed).hasValue(1);
  }

  @Test
  void close_closesRunningAndPinnedGenerations() throws Exception {
    var old = new Closable();
    var running = new Closable();
    var generations = generations(chain(spec("a", "1", old)));
    var stuck = generations.pin(0);
    generations.swap(chain(spec("b", "1", running)));

    generations.close();
    assertThat(old.closed).hasValue(1);
    assertThat(running.closed).hasValue(1);

    generations.close();
    stuck.unpin(0);
    scheduler.advance(DEADLINE);
    assertThat(old.closed).as("once is enough").hasValue(1);
    assertThat(running.closed).hasValue(1);
  }

  @Test
  void pinned_stripeOfAnyGeneration_isTrue() throws Exception {
    var generations = generations(chain());
    var old = generations.pin(0);
    generations.swap(chain());

    assertThat(generations.pinned(0)).isTrue();
    assertThat(generations.pinned(1)).isFalse();

    old.unpin(0);
    assertThat(generations.pinned(0)).isFalse();
  }

  @Test
  void swap_openConnection_isOpenedAgainForNewInstance() throws Exception {
    var opened = new AtomicInteger();
    var first = ProcessorSpec.of("chat", new Opening(opened));
    var generations = generations(new ChainSpec(List.of(), List.of(first)));
    var connection = new StubConnection();
    chat(generations, connection);

    generations.swap(new ChainSpec(List.of(), List.of(first)));
    chat(generations, connection);
    assertThat(opened).as("an instance that was carried over").hasValue(1);

    var second = ProcessorSpec.of("chat", new Opening(opened));
    generations.swap(new ChainSpec(List.of(), List.of(second)));
    chat(generations, connection);
    chat(generations, connection);
    assertThat(opened).as("another instance").hasValue(2);
  }

  private static void chat(Generations generations, StubConnection connection) {
    generations
        .pipeline()
        .run(connection, Message.of("chat", ""), (by, c, m) -> Broker.TAKEN, null);
  }

  @Test
  void onReplaced_pinOfTask_keepsReplacedLinksOpen() throws Exception {
    var old = new Closable();
    var generations = generations(chain(spec("a", "1", old)));
    var held = new ArrayList<Generation>();
    generations.onReplaced((before, after) -> {
      before.pin(0);
      held.add(before);
    });

    generations.swap(chain());
    scheduler.runDue();
    assertThat(old.closed).hasValue(0);

    held.getFirst().unpin(0);
    scheduler.runDue();
    assertThat(old.closed).hasValue(1);
    assertThat(held.getFirst().over()).isTrue();
  }

  @Test
  void onReplaced_pinBeyondDeadline_doesNotKeepLinksOpen() throws Exception {
    var old = new Closable();
    var generations = generations(chain(spec("a", "1", old)));
    generations.onReplaced((before, after) -> before.pin(0));

    generations.swap(chain());
    scheduler.advance(DEADLINE);

    assertThat(old.closed).hasValue(1);
  }

  @Test
  void onReplaced_rollback_getsCondemnedGeneration() throws Exception {
    var generations = generations(chain());
    var seen = new ArrayList<String>();
    generations.onReplaced((before, after) ->
        seen.add(before.pipeline().generation() + " to " + after.pipeline().generation()));

    var tried = generations.tryOut(chain());
    generations.rollBack(tried.generation());

    assertThat(seen).containsExactly("1 to 2", "2 to 1");
  }

  @Test
  void chainSpec_nameTwice_throws() {
    assertThatThrownBy(() -> chain(spec("a", "1", new Closable()), spec("a", "2", new Closable())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("filter 'a'");
  }

  @Test
  void filterSpec_ofInstance_fingerprintIsInstance() {
    Filter one = new Closable();

    assertThat(FilterSpec.of("a", one).fingerprint())
        .isEqualTo(FilterSpec.of("b", one).fingerprint())
        .isNotEqualTo(FilterSpec.of("a", new Closable()).fingerprint());
  }

  private Generations generations(ChainSpec first) throws ChainException {
    return new Generations(first, 2, DEADLINE, scheduler);
  }

  private static ChainSpec chain(FilterSpec... filters) {
    return new ChainSpec(Arrays.asList(filters), List.of());
  }

  private static FilterSpec spec(String name, String fingerprint, Filter filter) {
    return new FilterSpec(name, fingerprint, OnError.REFUSE, () -> filter);
  }

  private static class Closable implements Filter, AutoCloseable {
    final AtomicInteger closed = new AtomicInteger();

    @Override
    public void close() {
      closed.incrementAndGet();
    }
  }

  private static final class ClosableProcessor implements Processor, AutoCloseable {
    final AtomicInteger closed = new AtomicInteger();

    @Override
    public void onMessage(Exchange exchange) {}

    @Override
    public void close() {
      closed.incrementAndGet();
    }
  }

  private static final class Opening implements Processor {
    private final AtomicInteger opened;

    Opening(AtomicInteger opened) {
      this.opened = opened;
    }

    @Override
    public void onOpen(Exchange exchange) {
      opened.incrementAndGet();
    }

    @Override
    public void onMessage(Exchange exchange) {}

    @Override
    public void onClose(Connection connection) {}
  }
}
