package io.lhttp.internal.version;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.fixture.CapturedLog;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Links that are closed, or hang, while a change is under way are closed once and lose no state.
 */
class HandoverCloseTest extends HandoverFixture {
  @Test
  void predecessorThatLeftChain_givesUntilItIsClosed() throws Exception {
    var generations = generations(filter("a", new Link("a1")));
    var pinned = generations.pin(0);
    generations.swap(chain());
    events.clear();

    generations.swap(chain(filter("a", new Link("a2"))));
    assertThat(events).containsExactly("a1 gives", "a2 takes a1");

    generations.swap(chain());
    pinned.unpin(0);
    scheduler.runDue();
    events.clear();
    generations.swap(chain(filter("a", new Link("a3"))));
    assertThat(events).containsExactly("a3 takes nothing");
  }

  @Test
  void close_onlyCloses() throws Exception {
    var generations = generations(filter("a", new Link("a1")));
    events.clear();

    generations.close();

    assertThat(events).containsExactly("a1 closed");
    assertThatThrownBy(() -> generations.swap(chain(filter("a", new Link("a2")))))
        .isInstanceOf(CancellationException.class);
  }

  @Test
  void close_whileTakeOverHangs_closesPredecessor() throws Exception {
    var generations = generations(filter("a", new Link("a1")));
    var build = generations.prepare(chain(filter("a", new Link("a2").hanging("takes a1"))));
    build.make();
    var passing = CompletableFuture.runAsync(() -> pass(build));
    holds("it hangs", () -> events.contains("a2 takes a1"));

    generations.close();

    assertThat(events).endsWith("a1 closed");
    release.countDown();
    passing.get(60, TimeUnit.SECONDS);
    build.close();
    holds("the new link is closed, too", () -> events.contains("a2 closed"));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void close_beforeSwap_closesEachLinkOnce(int stepsBefore) throws Exception {
    var generations = generations(filter("a", new Link("a1")), filter("b", new Link("b1")));
    var chain = chain(filter("a", new Link("a2")), filter("b", new Link("b2")));
    events.clear();
    try (var build = generations.prepare(chain)) {
      List<Change> steps = List.of(build::make, build::handOver);
      for (var step : steps.subList(0, stepsBefore)) {
        step.run();
      }
      generations.close();

      assertThatThrownBy(
              () -> {
                for (var step : steps.subList(stepsBefore, 2)) {
                  step.run();
                }
                generations.swap(build);
              })
          .isInstanceOf(CancellationException.class);
    }
    assertThat(generations.pipeline().generation()).isEqualTo(1);

    scheduler.runDue();
    assertThat(events)
        .filteredOn(event -> event.endsWith("closed"))
        .containsExactlyInAnyOrder("a1 closed", "b1 closed", "a2 closed", "b2 closed");
    assertThat(events).as("no closed link takes over").doesNotContain("a1 takes a2", "b1 takes b2");
  }

  @Test
  void close_predecessorWaitsForItsClose_closesItOnce() throws Exception {
    var generations = generations(filter("a", new Link("a1")));
    var pin = generations.pin(0);
    generations.swap(chain());
    var build = generations.prepare(chain(filter("a", new Link("a2").hanging("takes a1"))));
    build.make();
    var passing = CompletableFuture.runAsync(() -> pass(build));
    holds("the hand-over holds the predecessor", () -> events.contains("a2 takes a1"));
    pin.unpin(0);
    scheduler.runDue();
    assertThat(events).doesNotContain("a1 closed");

    generations.close();

    assertThat(events).containsOnlyOnce("a1 closed");
    release.countDown();
    passing.get(60, TimeUnit.SECONDS);
    build.close();
    scheduler.runDue();
    holds("the new link is closed", () -> events.contains("a2 closed"));
    assertThat(events).containsOnlyOnce("a1 closed", "a2 closed");
  }

  @Test
  void close_afterSwapReleasedPredecessor_closesItOnce() throws Exception {
    var generations = generations(filter("a", new Link("a1")));
    var pin = generations.pin(0);
    generations.swap(chain());
    try (var build = generations.prepare(chain(filter("a", new Link("a2"))))) {
      build.make();
      build.handOver();
      pin.unpin(0);
      scheduler.runDue();
      assertThat(events).doesNotContain("a1 closed");
      assertThat(generations.swap(build)).isPresent();
    }

    generations.close();
    scheduler.runDue();

    assertThat(events).containsOnlyOnce("a1 closed", "a2 closed");
  }

  @Test
  void abandonedTakeOver_returnsState_andNewLinkIsClosedLater() throws Exception {
    var generations = generations(filter("a", new Link("a1")), filter("b", new Link("b1")));
    events.clear();
    var build =
        generations.prepare(
            chain(filter("a", new Link("a2")), filter("b", new Link("b2").hanging("takes b1"))));
    build.make();
    var passing = CompletableFuture.runAsync(() -> pass(build));
    holds("it hangs", () -> events.contains("b2 takes b1"));

    build.close();

    assertThat(events)
        .containsExactly(
            "a1 gives",
            "a2 takes a1",
            "b1 gives",
            "b2 takes b1",
            "b1 takes b1",
            "a2 gives",
            "a1 takes a2",
            "a2 closed");
    generations.swap(chain(filter("a", new Link("a3")), filter("b", new Link("b3"))));
    assertThat(events).endsWith("a1 gives", "a3 takes a1", "b1 gives", "b3 takes b1");
    events.clear();

    release.countDown();
    assertThatThrownBy(() -> passing.get(60, TimeUnit.SECONDS))
        .hasCauseInstanceOf(CancellationException.class);
    holds("it is closed", () -> events.equals(List.of("b2 gives", "b2 closed")));
    assertThat(generations.pipeline().generation()).isEqualTo(2);
    events.clear();
    generations.swap(chain(filter("b", new Link("b4"))));
    assertThat(events).as("the owner is still the right one").startsWith("b3 gives", "b4 takes b3");
  }

  @Test
  void abandonedHandOver_isGivenBackByItsThread() throws Exception {
    var a1 = new Link("a1").hanging("gives");
    var generations = generations(filter("a", a1));
    events.clear();
    var build = generations.prepare(chain(filter("a", new Link("a2"))));
    build.make();
    var passing = CompletableFuture.runAsync(() -> pass(build));
    holds("it hangs", () -> events.contains("a1 gives"));
    build.close();

    assertThatThrownBy(() -> generations.swap(chain(filter("a", new Link("a3")))))
        .hasMessageContaining("filter 'a' could not hand over")
        .hasMessageContaining("handOver() still runs since 20");

    release.countDown();
    assertThatThrownBy(() -> passing.get(60, TimeUnit.SECONDS))
        .hasCauseInstanceOf(CancellationException.class);
    assertThat(events).contains("a1 takes a1").doesNotContain("a2 takes a1", "a1 closed");
    generations.swap(chain(filter("a", new Link("a4"))));
    assertThat(events).endsWith("a1 gives", "a4 takes a1");
  }

  @Test
  void hangingRollBack_goesOnWithoutState() throws Exception {
    var hangs = new HangWatch();
    var owners = new StateOwners();
    var old = instance("a", new Link("a1"));
    var condemned = instance("a", new Link("a2").hanging("gives"));
    owners.took(condemned);
    events.clear();
    var handover =
        new Handover(
            new OneChange(new HandoverStep(condemned, old)), owners, hangs, Duration.ofMillis(20));

    try (var log = new CapturedLog(HangWatch.class);
        var _ = new CapturedLog(Handover.class)) {
      assertThat(handover.passAnyway(List.of(old))).isTrue();
      holds(
          "the hanging call is named",
          () ->
              log.messages().stream()
                  .anyMatch(line -> line.startsWith("a link hangs in handOver() and is left")));
    }
    assertThat(events).containsExactly("a2 gives", "a1 takes nothing");
    assertThat(hangs.inWords()).singleElement().asString().contains("filter 'a' in handOver()");
  }

  /** A step of a change. */
  @FunctionalInterface
  private interface Change {
    void run() throws Exception;
  }

  private static Instance instance(String name, Object link) {
    return new Instance("filter", name, "1", link, false);
  }

  /** A change of one step, without other reloads that might run at the same time. */
  private record OneChange(HandoverStep step) implements Handover.Change {
    @Override
    public Optional<List<HandoverStep>> begin(
        List<Instance> next, Predicate<Instance> isNew, Duration wait) {
      return Optional.of(List.of(step));
    }

    @Override
    public void end() {}

    @Override
    public boolean isOpen(Instance predecessor) {
      return true;
    }

    @Override
    public void release(Instance instance) {}

    @Override
    public void discard(List<Instance> instances) {}
  }
}
