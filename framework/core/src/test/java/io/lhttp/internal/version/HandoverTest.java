package io.lhttp.internal.version;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.Processor;
import io.lhttp.chain.ChainException;
import io.lhttp.chain.ChainSpec;
import io.lhttp.chain.ProcessorSpec;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Links pass their state to the links that replace them. */
class HandoverTest extends HandoverFixture {
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
  void predecessor_hasSameKindAndName() throws Exception {
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
  void linkOfProvenGeneration_thatReturns_takesOverAgain() throws Exception {
    var a1 = new Link("a1");
    var generations = generations(filter("a", a1));
    generations.tryOut(chain(filter("a", new Link("a2"))));
    events.clear();

    generations.tryOut(chain(filter("a", a1)));

    assertThat(events).containsExactly("a2 gives", "a1 takes a2");
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
  void secondChange_waitsForFirst() throws Exception {
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

  private static ProcessorSpec processor(String command, Processor processor) {
    return ProcessorSpec.of(command, processor);
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
