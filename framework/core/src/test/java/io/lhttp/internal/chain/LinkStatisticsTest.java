package io.lhttp.internal.chain;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.CloseStatus;
import io.lhttp.Filter;
import io.lhttp.Metric;
import io.lhttp.MetricSource;
import io.lhttp.Outcome;
import io.lhttp.Principal;
import io.lhttp.chain.ChainSpec;
import io.lhttp.chain.FilterSpec;
import io.lhttp.chain.LinkStatistics;
import io.lhttp.chain.LinkStatistics.Refusals;
import io.lhttp.channel.Broker;
import io.lhttp.internal.measure.BlockWatch;
import io.lhttp.internal.version.Generations;
import io.lhttp.message.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Each link counts its messages, refusals, failures and times. */
class LinkStatisticsTest {
  private static final Message CHAT = Message.of("chat", "hi");

  private final TestPipeline chain = new TestPipeline();

  @Test
  void link_countsMessagesThatReachIt() {
    chain
        .step("outer", (exchange, rest) -> rest.proceed(exchange))
        .step(
            "inner",
            (exchange, rest) ->
                exchange.request().body().isEmpty()
                    ? exchange.refuse(422, "empty")
                    : rest.proceed(exchange))
        .processor("chat", exchange -> {});

    chain.run(CHAT);
    chain.run(CHAT);
    chain.run(Message.of("chat", ""));

    assertThat(messages("outer")).isEqualTo(3);
    assertThat(messages("inner")).isEqualTo(3);
    assertThat(messages("chat")).isEqualTo(2);
    assertThat(messages("chain")).isEqualTo(3);
  }

  @Test
  void refusal_countsForRefusingLink() {
    chain
        .step("outer", (exchange, rest) -> rest.proceed(exchange))
        .step("guard", (exchange, rest) -> exchange.refuse(403, "not you"))
        .processor("chat", exchange -> {});

    chain.run(CHAT);

    assertThat(of("outer").refusals()).isEmpty();
    assertThat(of("guard").refusals()).containsExactly(new Refusals("chat", 403, 1));
    assertThat(of("chain").refusals()).containsExactly(new Refusals("chat", 403, 1));
  }

  @Test
  void changedRefusal_countsForBothLinks() {
    chain
        .step(
            "outer",
            (exchange, rest) -> {
              rest.proceed(exchange);
              return Outcome.refused(409, "no");
            })
        .processor("chat", exchange -> exchange.refuse(422, "no"));

    chain.run(CHAT);

    assertThat(of("outer").refusals()).containsExactly(new Refusals("chat", 409, 1));
    assertThat(of("chat").refusals()).containsExactly(new Refusals("chat", 422, 1));
    assertThat(of("chain").refusals()).containsExactly(new Refusals("chat", 409, 1));
  }

  @Test
  void close_countsUnderItsCode() {
    chain.step("guard", (exchange, rest) -> Outcome.closed(CloseStatus.RATE_LIMIT));

    chain.run(CHAT);

    assertThat(of("guard").refusals())
        .containsExactly(new Refusals(LinkStatistics.NO_PROCESSOR, 4429, 1));
  }

  @Test
  void exception_countsAsFailureAndRefusal() {
    chain
        .skipping(
            "watcher",
            (exchange, rest) -> {
              throw new IllegalStateException("skipped");
            })
        .processor(
            "chat",
            exchange -> {
              throw new IllegalStateException("failed");
            });

    chain.run(CHAT);

    assertThat(of("watcher").failures()).isEqualTo(1);
    assertThat(of("watcher").refusals()).isEmpty();
    assertThat(of("chat").failures()).isEqualTo(1);
    assertThat(of("chat").refusals()).containsExactly(new Refusals("chat", 500, 1));
  }

  @Test
  void unknownCommands_countAsOne() {
    for (var i = 0; i < 100; i++) {
      chain.run(Message.of("made-up-" + i, ""));
    }

    var nobody = of(LinkStatistics.NO_PROCESSOR);
    assertThat(nobody.messages()).isEqualTo(100);
    assertThat(nobody.refusals())
        .containsExactly(new Refusals(LinkStatistics.NO_PROCESSOR, 404, 100));
    assertThat(chain.pipeline().statistics()).hasSize(2);
  }

  @Test
  void recentRefusals_floodOfOneUser_keepsOthers() {
    chain.step("guard", (exchange, rest) -> exchange.refuse(403, "not you"));
    chain.connection.authenticate(new Principal("mallory", Map.of()));
    chain.run(CHAT);
    chain.connection.authenticate(new Principal("jack", Map.of()));
    for (var i = 0; i < 1_000; i++) {
      chain.run(Message.of("c" + i, ""));
    }

    var recent = of("guard").recent();
    assertThat(recent).extracting("user").containsExactly("jack", "mallory");
    assertThat(recent.getFirst().times()).isEqualTo(1_000);
    assertThat(recent.getFirst().command()).isEqualTo("c999");
    assertThat(recent.getFirst().reason()).isEqualTo("not you");
    assertThat(recent.getFirst().connection()).isEqualTo(chain.connection.id());
  }

  @Test
  void recentRefusals_keepLast16() {
    chain.step("guard", (exchange, rest) -> exchange.refuse(403, "not you"));
    for (var i = 0; i < 100; i++) {
      chain.connection.authenticate(new Principal("user" + i, Map.of()));
      chain.run(CHAT);
    }

    assertThat(of("guard").recent()).hasSize(16).first().extracting("user").isEqualTo("user99");
  }

  @Test
  void linkTime_excludesInnerLinks() {
    chain
        .step("outer", (exchange, rest) -> rest.proceed(exchange))
        .processor("chat", exchange -> pause(Duration.ofMillis(20)));

    chain.run(CHAT);

    assertThat(of("chat").time().nanos(0.5)).isGreaterThan(18_000_000);
    assertThat(of("chain").time().nanos(0.5)).isGreaterThan(18_000_000);
    assertThat(of("outer").time().count()).isEqualTo(1);
    assertThat(of("outer").time().sumNanos()).isLessThan(of("chat").time().sumNanos());
  }

  @Test
  void times_onEventLoop_areSampledAndCountForAll() {
    chain.processor("chat", exchange -> {});
    var slot = new BlockWatch(Duration.ofSeconds(1)).slot(Thread.currentThread());
    for (var i = 0; i < 100_000; i++) {
      chain.run(CHAT, slot);
      chain.connection.sent.clear();
    }

    assertThat(messages("chat")).isEqualTo(100_000);
    assertThat(of("chat").time().count()).isBetween(90_000L, 110_000L);
  }

  @Test
  void statistics_afterSwap_areKeptUntilLinkIsGone() throws Exception {
    var tasks = new ArrayList<Runnable>();
    var filter = FilterSpec.of("kept", new Filter() {});
    var other = FilterSpec.of("gone", new Filter() {});
    try (var generations =
        new Generations(
            new ChainSpec(List.of(filter, other), List.of()),
            1,
            Duration.ofSeconds(1),
            (task, delay) -> tasks.add(task))) {
      run(generations);
      generations.swap(new ChainSpec(List.of(filter), List.of()));
      List.copyOf(tasks).forEach(Runnable::run);
      run(generations);
      assertThat(find(generations.pipeline(), "kept").messages()).isEqualTo(2);

      generations.swap(new ChainSpec(List.of(filter, other), List.of()));
      assertThat(find(generations.pipeline(), "gone").messages()).isZero();
      assertThat(find(generations.pipeline(), "kept").messages()).isEqualTo(2);
    }
  }

  @Test
  void statistics_switchedOff_areEmpty() throws Exception {
    try (var generations =
        new Generations(
            new ChainSpec(List.of(), List.of()), 1, Duration.ZERO, (task, delay) -> {}, false)) {
      run(generations);
      assertThat(generations.pipeline().statistics()).isEmpty();
    }
  }

  @Test
  void filterMetrics_areLabelledWithLinkName() {
    chain.filter("counting", new Counting()).filter("failing", new Failing());

    var metrics = chain.pipeline().metrics();
    assertThat(metrics)
        .containsExactly(
            Metric.gauge("things", "Things.", 3).with("kind", "filter").with("link", "counting"));
    assertThat(of("failing").failures()).isEqualTo(1);
  }

  private LinkStatistics of(String name) {
    return find(chain.pipeline(), name);
  }

  private long messages(String name) {
    return of(name).messages();
  }

  private static LinkStatistics find(Pipeline pipeline, String name) {
    return pipeline.statistics().stream()
        .filter(link -> link.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private void run(Generations generations) {
    var generation = generations.pin(0);
    generation.pipeline().run(chain.connection, CHAT, (by, channel, message) -> Broker.TAKEN, null);
    generation.unpin(0);
  }

  private static void pause(Duration time) {
    var end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < end) {
      LockSupport.parkNanos(end - System.nanoTime());
    }
  }

  private static final class Counting implements Filter, MetricSource {
    @Override
    public List<Metric> metrics() {
      return List.of(Metric.gauge("things", "Things.", 3));
    }
  }

  private static final class Failing implements Filter, MetricSource {
    @Override
    public List<Metric> metrics() {
      throw new IllegalStateException("no figures");
    }
  }
}
