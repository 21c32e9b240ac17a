package io.lhttp.internal.version;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.HandsOver;
import io.lhttp.Processor;
import io.lhttp.chain.ChainException;
import io.lhttp.chain.ChainSpec;
import io.lhttp.chain.FilterSpec;
import io.lhttp.chain.OnError;
import io.lhttp.chain.ProcessorSpec;
import io.lhttp.fixture.CapturedLog;
import java.time.Duration;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Links pass their state to the links that replace them, or get it back. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HandoverTest {
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final ManualScheduler scheduler = new ManualScheduler();
  private final List<String> events = Collections.synchronizedList(new ArrayList<>());
  private final CountDownLatch release = new CountDownLatch(1);

  @AfterEach
  void end() {
    release.countDown();
  }

  @Test
  void firstGeneration_takesOverNothing() throws Exception {
    generations(filter("a", new Link("a1")), filter("b", new Link("b1")));

    assertThat(events).containsExactly("a1 takes nothing", "b1 takes nothing");
  }

  @Test
  void replacedLinks_passTheirState() throws Exception {
    var generations = generations(filter("a", new Link("a1")), filter("b", new Link("b1")));
    events.clear();

    try (var build =
        generations.prepare(chain(filter("a", new Link("a2")), filter("b", new Link("b2"))))) {
      build.make();
      assertThat(events).as("all are made first").isEmpty();
      build.handOver();
      assertThat(build.handedOver()).containsExactly("a", "b");
      assertThat(generations.swap(build)).isPresent();
    }
    scheduler.runDue();

    assertThat(events.subList(0, 4))
        .containsExactly("a1 gives", "a2 takes a1", "b1 gives", "b2 takes b1");
    assertThat(events.subList(4, 6)).containsExactlyInAnyOrder("a1 closed", "b1 closed");
  }

  @Test
  void unchangedLink_isNotAsked() throws Exception {
    var kept = new Link("a1");
    var generations = generations(filter("a", kept));
    events.clear();

    generations.swap(chain(filter("a", kept), filter("b", new Link("b1"))));

    assertThat(events).containsExactly("b1 takes nothing");
  }

  @Test
  void predecessor_isThatOfSameKindAndName() throws Exception {
    var generations =
        generations(
            new ChainSpec(
                List.of(filter("chat", new Link("filter"))),
                List.of(processor("chat", new Command("one")))));
    events.clear();

    try (var build =
        generations.prepare(
            new ChainSpec(
                List.of(filter("other", new Link("other"))),
                List.of(processor("chat", new Command("two")))))) {
      build.make();
      build.handOver();
      assertThat(build.handedOver()).containsExactly("processor chat");
      generations.swap(build);
    }

    assertThat(events).containsExactly("other takes nothing", "one gives", "two takes one");
  }

  @Test
  void predecessorWithoutInterface_givesNothing() throws Exception {
    var generations = generations(filter("a", new Filter() {}));

    generations.swap(chain(filter("a", new Link("a2"))));
    generations.swap(chain(filter("a", new Filter() {})));
    scheduler.runDue();

    assertThat(events).containsExactly("a2 takes nothing", "a2 closed");
  }

  @Test
  void failingConstructor_handsNothingOver() throws Exception {
    var generations = generations(filter("a", new Link("a1")));
    events.clear();

    assertThatThrownBy(() ->
            generations.swap(
                chain(
                    filter("a", new Link("a2")),
                    new FilterSpec(
                        "b",
                        "1",
                        OnError.REFUSE,
                        () -> {
                          throw new IllegalStateException("no");
                        }))))
        .isInstanceOf(ChainException.class);

    holds("a2 is closed", () -> events.equals(List.of("a2 closed")));
  }

  @Test
  void failingTakeOver_givesEverythingBack() throws Exception {
    var generations =
        generations(
            filter("a", new Link("a1")), filter("b", new Link("b1")), filter("c", new Link("c1")));
    events.clear();

    assertThatThrownBy(() ->
            generations.swap(
                chain(
                    filter("a", new Link("a2")),
                    filter("b", new Link("b2")),
                    filter("c", new Link("c2").failing("takes c1")),
                    filter("d", new Link("d1")))))
        .isInstanceOf(ChainException.class)
        .hasMessage("filter 'c' could not take over: java.lang.IllegalStateException: c2 takes c1");

    assertThat(events.subList(0, 10))
        .containsExactly(
            "a1 gives",
            "a2 takes a1",
            "b1 gives",
            "b2 takes b1",
            "c1 gives",
            "c1 takes c1",
            "b2 gives",
            "b1 takes b2",
            "a2 gives",
            "a1 takes a2");
    holds(
        "the new links are closed",
        () -> events.containsAll(List.of("a2 closed", "b2 closed", "c2 closed", "d1 closed")));
    events.clear();

    generations.swap(chain(filter("a", new Link("a3"))));
    assertThat(events).containsExactly("a1 gives", "a3 takes a1");
  }

  @Test
  void failingHandOver_keepsThatLinkAndGivesOthersBack() throws Exception {
    var generations =
        generations(filter("a", new Link("a1")), filter("b", new Link("b1").failing("gives")));
    events.clear();

    assertThatThrownBy(
            () -> generations.swap(chain(filter("a", new Link("a2")), filter("b", new Link("b2")))))
        .hasMessage("filter 'b' could not hand over: java.lang.IllegalStateException: b1 gives");

    assertThat(events.subList(0, 4))
        .containsExactly("a1 gives", "a2 takes a1", "a2 gives", "a1 takes a2");
  }

  @Test
  void handOverReturningNull_isRefusedByName() throws Exception {
    var generations =
        generations(
            filter(
                "a",
                new Link("a1") {
                  @Override
                  @SuppressWarnings("NullAway") // a careless link
                  public Optional<Map<String, String>> handOver() {
                    return null;
                  }
                }));

    assertThatThrownBy(() -> generations.swap(chain(filter("a", new Link("a2")))))
        .hasMessageContaining("filter 'a' could not hand over")
        .hasMessageContaining("return Optional.empty() for no state");
    assertThat(events).containsSubsequence("a1 takes nothing", "a1 takes nothing", "a2 closed");
  }

  @Test
  void linkThatCannotHandBack_isClosedFirst() throws Exception {
    var generations = generations(filter("a", new Link("a1")), filter("b", new Link("b1")));
    events.clear();

    try (var log = new CapturedLog(Handover.class)) {
      assertThatThrownBy(() ->
              generations.swap(
                  chain(
                      filter("a", new Link("a2").failing("gives")),
                      filter("b", new Link("b2").failing("takes b1")))))
          .isInstanceOf(ChainException.class);
      assertThat(log.messages()).containsExactly("filter 'a' did not hand back and is closed");
    }

    assertThat(events).containsSubsequence("a2 takes a1", "a2 closed", "a1 takes nothing");
  }

  @Test
  void linkThatCannotTakeBack_isAskedAgainByNextChange() throws Exception {
    var a1 = new Link("a1");
    var b1 = new Link("b1");
    var generations = generations(filter("a", a1), filter("b", b1));
    a1.failing("takes a1");
    events.clear();

    try (var log = new CapturedLog(Handover.class)) {
      assertThatThrownBy(() ->
              generations.swap(
                  chain(filter("a", new Link("a2").failing("takes a1")), filter("b", b1))))
          .isInstanceOf(ChainException.class);
      assertThat(log.messages())
          .containsExactly(
              "filter 'a' runs on without what it hands over; each later change of the chain asks"
                  + " it again");
    }
    assertThat(generations.pipeline().generation()).isEqualTo(1);
    events.clear();

    generations.swap(chain(filter("a", a1)));
    assertThat(events).containsExactly("a1 takes nothing");
  }

  @Test
  void buildWithClosedLink_handsNothingOver() throws Exception {
    var generations = generations(filter("a", new Link("a1")));
    var condemned = new Link("b1");
    generations.tryOut(chain(filter("a", new Link("a2")), filter("b", condemned)));
    try (var build =
        generations.prepare(chain(filter("a", new Link("a3")), filter("b", condemned)))) {
      build.make();
      generations.rollBack(2);
      scheduler.runDue();
      events.clear();

      build.handOver();
      assertThat(generations.swap(build)).isEmpty();
    }

    holds("it is closed without a hand-over", () -> events.equals(List.of("a3 closed")));
  }

  @Test
  void buildThatIsNotSwappedIn_givesBack() throws Exception {
    var generations = generations(filter("a", new Link("a1")));
    events.clear();
    try (var build = generations.prepare(chain(filter("a", new Link("a2"))))) {
      build.make();
      build.handOver();
    }

    assertThat(events.subList(0, 4))
        .containsExactly("a1 gives", "a2 takes a1", "a2 gives", "a1 takes a2");
    holds("the new link is closed", () -> events.getLast().equals("a2 closed"));
  }

  @Test
  void rollBack_overtakenBySwap_handsNothingOver() throws Exception {
    var generations = generations(filter("a", new Link("a1")));
    generations.tryOut(chain(filter("a", new Link("a2"))));
    try (var back = generations.prepareRollBack(2)) {
      generations.swap(chain(filter("a", new Link("a3"))));
      scheduler.runDue();
      events.clear();

      assertThat(back.handOver()).isTrue();
      assertThat(generations.rollBack(back)).isEmpty();
    }

    assertThat(events).as("a1 is closed").isEmpty();
  }

  @Test
  void rollBack_handsOverInOtherDirection() throws Exception {
    var generations = generations(filter("a", new Link("a1")), filter("b", new Link("b1")));
    generations.tryOut(chain(filter("a", new Link("a2"))));
    events.clear();

    assertThat(generations.rollBack(2)).isPresent();
    scheduler.runDue();

    assertThat(events).containsExactly("a2 gives", "a1 takes a2", "a2 closed");
  }

  @Test
  void rollBack_withFailures_goesOnAndLogsThem() throws Exception {
    var generations = generations(filter("a", new Link("a1")), filter("b", new Link("b1")));
    generations.tryOut(
        chain(filter("a", new Link("a2").failing("gives")), filter("b", new Link("b2"))));
    events.clear();

    try (var log = new CapturedLog(Handover.class)) {
      assertThat(generations.rollBack(2)).isPresent();
      assertThat(log.messages()).containsExactly("filter 'a' did not hand over");
    }

    assertThat(generations.pipeline().generation()).isEqualTo(1);
    assertThat(events).containsExactly("a1 takes nothing", "b2 gives", "b1 takes b2");
  }

  @Test
  void linkOfProvenGeneration_thatReturns_takesOverAgain() throws Exception {
    var a1 = new Link("a1");
    var generations = generations(filter("a", a1));
    generations.tryOut(chain(filter("a", new Link("a2"))));
    events.clear();

    generations.tryOut(chain(filter("a", a1)));

    assertThat(events).containsExactly("a2 gives", "a1 takes a2");
  }

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
        new Handover(new OneChange(new Step(condemned, old)), owners, hangs, Duration.ofMillis(20));

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

  @Test
  void linkWhoseEqualsThrows_isNeverAsked() throws Exception {
    var generations = generations(filter("a", new Unequal("a1")), filter("b", new Unequal("b1")));
    events.clear();

    try (var build =
        generations.prepare(
            chain(filter("a", new Unequal("a2")), filter("b", new Unequal("b2"))))) {
      build.make();
      build.handOver();
    }
    assertThat(events.subList(0, 4))
        .containsExactly("a1 gives", "a2 takes a1", "b1 gives", "b2 takes b1");
    holds(
        "the unused links are closed", () -> events.containsAll(List.of("a2 closed", "b2 closed")));
    events.clear();

    generations.swap(chain(filter("a", new Unequal("a3")), filter("b", new Unequal("b3"))));
    assertThat(events).containsExactly("a1 gives", "a3 takes a1", "b1 gives", "b3 takes b1");
  }

  @Test
  void linkThatLosesOneOfTwoNames_ownsOn_andHandsOverOnce() throws Exception {
    var both = new Link("both");
    var generations = generations(filter("a", both), filter("b", both));
    events.clear();

    generations.swap(chain(filter("a", new Link("a2")), filter("b", both)));
    assertThat(events).containsExactly("a2 takes nothing");
    events.clear();

    generations.swap(chain(filter("b", both)));
    assertThat(events).as("it is not asked again").isEmpty();

    generations.swap(chain(filter("b", new Link("b2")), filter("a", new Link("a3"))));
    assertThat(events).contains("both gives", "b2 takes both").doesNotHaveDuplicates();
  }

  @Test
  void linkWithTwoNames_afterChangeThatFailed_handsOverOnce() throws Exception {
    var both = new Link("both");
    var generations = generations(filter("a", both), filter("b", both));
    assertThatThrownBy(() ->
            generations.swap(
                chain(filter("a", new Link("a2").failing("takes nothing")), filter("b", both))))
        .isInstanceOf(ChainException.class);
    events.clear();

    generations.swap(chain(filter("a", new Link("a3")), filter("b", new Link("b3"))));

    assertThat(events).containsExactly("both gives", "a3 takes both", "b3 takes nothing");
  }

  @Test
  void interruptOfOneLink_reachesNoOther() throws Exception {
    var generations =
        generations(
            new FilterSpec("a", "1", OnError.REFUSE, () -> new Interrupting("a1")),
            new FilterSpec("b", "1", OnError.REFUSE, () -> new Interrupting("b1")));
    events.clear();

    generations.swap(
        chain(
            new FilterSpec("a", "2", OnError.REFUSE, () -> new Interrupting("a2")),
            new FilterSpec("b", "2", OnError.REFUSE, () -> new Interrupting("b2"))));

    assertThat(Thread.interrupted()).isFalse();
    assertThat(events)
        .containsExactly(
            "a2 is made", "b2 is made", "a1 gives", "a2 takes a1", "b1 gives", "b2 takes b1");
    events.clear();
    generations.close();
    assertThat(events)
        .containsExactlyInAnyOrder("a1 closed", "b1 closed", "a2 closed", "b2 closed");
  }

  @Test
  void interruptedFactory_handsOverAllTheSame() throws Exception {
    var generations = generations(filter("a", new Link("a1")));
    events.clear();

    try (var build =
        generations.prepare(
            chain(
                new FilterSpec(
                    "a",
                    "2",
                    OnError.REFUSE,
                    () -> {
                      Thread.currentThread().interrupt();
                      return new Link("a2");
                    })))) {
      build.make();
      build.handOver();
      assertThat(generations.swap(build)).isPresent();
    } finally {
      var _ = Thread.interrupted();
    }

    assertThat(events).containsExactly("a1 gives", "a2 takes a1");
  }

  @Test
  void errorWhileStateIsConvertedBack_letsNextChangeBegin() throws Exception {
    var generations = generations(filter("a", new Counts()), filter("b", new Link("b1")));

    assertThatThrownBy(() ->
            generations.swap(
                chain(
                    filter("a", new OtherCounts()),
                    filter("b", new Link("b2").failing("takes b1")))))
        .isInstanceOf(ChainException.class);
    events.clear();

    try (var later = generations.prepare(chain(filter("a", new Counts())))) {
      assertThat(CompletableFuture.runAsync(() -> pass(later), Thread::startVirtualThread))
          .succeedsWithin(PATIENCE);
    }
  }

  @Test
  void secondChange_waitsForTheFirst() throws Exception {
    var generations = generations(filter("a", new Link("a1")));
    try (var build = generations.prepare(chain(filter("a", new Link("a2"))))) {
      build.make();
      build.handOver();
      var second =
          CompletableFuture.supplyAsync(
              () -> swap(generations, chain(filter("a", new Link("a3")))));
      holds("it waits", () -> generations.changesWaiting() == 1);
      generations.swap(build);
      second.get(60, TimeUnit.SECONDS);
    }

    assertThat(events)
        .containsExactly("a1 takes nothing", "a1 gives", "a2 takes a1", "a2 gives", "a3 takes a2");
  }

  /** A step of a change. */
  @FunctionalInterface
  private interface Change {
    void run() throws Exception;
  }

  private static void pass(Build build) {
    try {
      build.handOver();
    } catch (ChainException e) {
      throw new IllegalStateException(e);
    }
  }

  private static int swap(Generations generations, ChainSpec chain) {
    try {
      return generations.swap(chain).generation();
    } catch (ChainException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void holds(String what, BooleanSupplier condition) {
    var end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(end);
      LockSupport.parkNanos(1_000_000);
    }
  }

  private Generations generations(FilterSpec... filters) throws ChainException {
    return generations(chain(filters));
  }

  private Generations generations(ChainSpec chain) throws ChainException {
    return new Generations(chain, 1, DEADLINE, scheduler);
  }

  private static ChainSpec chain(FilterSpec... filters) {
    return new ChainSpec(Arrays.asList(filters), List.of());
  }

  private static FilterSpec filter(String name, Filter filter) {
    return FilterSpec.of(name, filter);
  }

  private static ProcessorSpec processor(String command, Processor processor) {
    return ProcessorSpec.of(command, processor);
  }

  private static Instance instance(String name, Object link) {
    return new Instance("filter", name, "1", link);
  }

  /** A change of one step, without other reloads that might run at the same time. */
  private record OneChange(Step step) implements Handover.Change {
    @Override
    public Optional<List<Step>> begin(
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

  /** A link that records its calls. Each call may fail or hang once. */
  private class Link implements Filter, HandsOver<Map<String, String>>, AutoCloseable {
    private final String name;
    private final Map<String, Runnable> troubles = new HashMap<>();

    Link(String name) {
      this.name = name;
    }

    Link failing(String event) {
      troubles.put(
          event,
          () -> {
            throw new IllegalStateException(name + " " + event);
          });
      return this;
    }

    Link hanging(String event) {
      troubles.put(
          event,
          () -> {
            events.add(name + " " + event);
            while (release.getCount() > 0) {
              LockSupport.parkNanos(1_000_000);
            }
          });
      return this;
    }

    @Override
    public Optional<Map<String, String>> handOver() {
      note("gives");
      return Optional.of(Map.of("from", name));
    }

    @Override
    public void takeOver(Optional<Map<String, String>> state) {
      note("takes " + state.map(map -> map.get("from")).orElse("nothing"));
    }

    @Override
    public void close() {
      note("closed");
    }

    void note(String event) {
      var trouble = troubles.remove(event);
      if (trouble == null) {
        events.add(name + " " + event);
      } else {
        trouble.run();
      }
    }
  }

  /**
   * A link that interrupts its thread at the end of each call, and records if a call begins
   * interrupted.
   */
  private final class Interrupting extends Link {
    Interrupting(String name) {
      super(name);
      note("is made");
    }

    @Override
    void note(String event) {
      super.note(Thread.interrupted() ? event + " interrupted" : event);
      Thread.currentThread().interrupt();
    }
  }

  /** A link that fails the test when it is compared. */
  private final class Unequal extends Link {
    Unequal(String name) {
      super(name);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      throw new AssertionError("compared");
    }

    @Override
    public int hashCode() {
      throw new AssertionError("hashed");
    }
  }

  private static class Counts implements Filter, HandsOver<List<String>> {
    @Override
    public Optional<List<String>> handOver() {
      return Optional.of(new ArrayList<>(List.of("one")));
    }

    @Override
    public void takeOver(Optional<List<String>> state) {}
  }

  /** Hands over a state that can't be read. */
  private static final class OtherCounts extends Counts {
    @Override
    public Optional<List<String>> handOver() {
      return Optional.of(new BrokenList());
    }
  }

  /** A list that fails with an error when it is read. */
  private static final class BrokenList extends AbstractList<String> {
    @Override
    public String get(int index) {
      throw new AssertionError("read");
    }

    @Override
    public int size() {
      throw new AssertionError("read");
    }
  }

  private final class Command extends Link implements Processor {
    Command(String name) {
      super(name);
    }

    @Override
    public void onOpen(io.lhttp.Connection connection) {}

    @Override
    public void onLeave(io.lhttp.Connection connection) {}

    @Override
    public void onClose(io.lhttp.Connection connection) {}

    @Override
    public boolean mayBlock() {
      return false;
    }

    @Override
    public boolean mayBlock(io.lhttp.message.Message message) {
      return false;
    }

    @Override
    public void onMessage(Exchange exchange) {}
  }
}
