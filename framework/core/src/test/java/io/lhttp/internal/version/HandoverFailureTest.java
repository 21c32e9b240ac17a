package io.lhttp.internal.version;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.Filter;
import io.lhttp.HandsOver;
import io.lhttp.chain.ChainException;
import io.lhttp.chain.FilterSpec;
import io.lhttp.chain.OnError;
import io.lhttp.fixture.CapturedLog;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Links get their state back if a change fails, and no failure of one link reaches another. */
class HandoverFailureTest extends HandoverFixture {
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
  void interruptedFactory_stillHandsOver() throws Exception {
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
}
