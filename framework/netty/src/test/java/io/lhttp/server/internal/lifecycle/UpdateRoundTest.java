package io.lhttp.server.internal.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Connection;
import io.lhttp.Filter;
import io.lhttp.chain.ChainException;
import io.lhttp.chain.ChainSpec;
import io.lhttp.chain.FilterSpec;
import io.lhttp.internal.version.Generation;
import io.lhttp.server.Limits;
import io.lhttp.server.internal.connection.LoopHarness;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * An update of all connections keeps its pace, and keeps the old generation pinned while links have
 * to leave.
 */
class UpdateRoundTest {
  private static final int CONNECTIONS = 200;

  private final List<Duration> pauses = new ArrayList<>();
  private final LoopHarness harness =
      new LoopHarness(Limits.DEFAULT, new ChainSpec(List.of(), List.of()), Runnable::run);
  private final List<Generation> held = new ArrayList<>();
  private int joined;

  UpdateRoundTest() {
    harness
        .context
        .generations()
        .onReplaced((before, after) -> {
          before.pin(UpdateRound.STRIPE);
          held.add(before);
        });
  }

  @AfterEach
  void end() {
    harness.close();
  }

  @Test
  void round_pausesAfterEachBatch() throws Exception {
    open(CONNECTIONS);
    swap(new Joining());

    round(1).start();

    assertThat(joined).isEqualTo(CONNECTIONS + 1);
    assertThat(pauses.subList(0, 3))
        .containsExactly(UpdateRound.PAUSE, UpdateRound.PAUSE, UpdateRound.PAUSE);
  }

  @Test
  void failingJoins_lengthenPauses() throws Exception {
    open(CONNECTIONS);
    swap(
        new Joining() {
          @Override
          public void onJoin(Connection connection) {
            super.onJoin(connection);
            throw new IllegalStateException("a fault of the test");
          }
        });

    round(1).start();

    assertThat(pauses.subList(0, 4))
        .containsExactly(
            UpdateRound.PAUSE,
            UpdateRound.PAUSE_AFTER_FAILURES,
            UpdateRound.PAUSE,
            UpdateRound.PAUSE_AFTER_FAILURES);
  }

  @Test
  void slowJoins_areNotAskedForMoreAndMore() throws Exception {
    var calls = new ArrayDeque<Runnable>();
    var most = new AtomicInteger();
    var none = new ChainSpec(List.of(), List.of());
    var slow = new LoopHarness(Limits.DEFAULT, none, calls::add);
    try {
      for (var i = 0; i < 2_000; i++) {
        slow.another();
      }
      var before = slow.context.generations().pin(UpdateRound.STRIPE);
      slow.context.generations().swap(chain(new Joining()));
      var running = slow.context.generations().pin(1);
      Consumer<Duration> sleep =
          time -> {
            slow.turn();
            most.accumulateAndGet(calls.size(), Math::max);
            for (var i = 0; i < 5 && !calls.isEmpty(); i++) {
              calls.remove().run();
            }
            slow.turn();
          };

      new UpdateRound(slow.context, sleep, 1, false, new ArrayList<>(List.of(before)), running)
          .start();
      calls.remove().run();

      assertThat(joined).isEqualTo(2_001);
      assertThat(most).hasValueLessThan(800);
    } finally {
      slow.close();
    }
  }

  @Test
  void hangingJoins_doNotStopRound() throws Exception {
    var calls = new ArrayDeque<Runnable>();
    var none = new ChainSpec(List.of(), List.of());
    var hanging = new LoopHarness(Limits.DEFAULT, none, calls::add);
    try {
      for (var i = 0; i < 2_000; i++) {
        hanging.another();
      }
      var before = hanging.context.generations().pin(UpdateRound.STRIPE);
      hanging.context.generations().swap(chain(new Joining()));
      var running = hanging.context.generations().pin(1);
      var asked = new AtomicInteger();

      Consumer<Duration> sleep =
          time -> {
            hanging.turn();
            asked.set(calls.size());
            if (calls.size() == 2_001) {
              Thread.currentThread().interrupt(); // the interrupt ends the round
            }
          };
      new UpdateRound(hanging.context, sleep, 1, false, new ArrayList<>(List.of(before)), running)
          .start();
      calls.remove().run();

      assertThat(Thread.interrupted()).isTrue();
      assertThat(asked).hasValue(2_001);
    } finally {
      hanging.close();
    }
  }

  @Test
  void replacedGeneration_isPinnedUntilAllHaveChanged() throws Exception {
    swap(new Joining());
    assertThat(harness.context.generations().pinned(UpdateRound.STRIPE)).isTrue();

    round(1).start();

    assertThat(joined).isOne();
    assertThat(harness.context.generations().pinned(UpdateRound.STRIPE)).isFalse();
  }

  @Test
  void handOver_endsRoundAndKeepsPins() throws Exception {
    swap(new Joining());
    var older = round(1);

    var pinned = older.handOver();
    older.start();

    assertThat(joined).isZero();
    assertThat(pinned).hasSize(1);
    assertThat(harness.context.generations().pinned(UpdateRound.STRIPE)).isTrue();
  }

  @Test
  void runningGeneration_isNotHeld() throws Exception {
    var generations = harness.context.generations();
    var tried = generations.tryOut(chain(new Joining()));
    generations.rollBack(tried.generation());
    var running = generations.pin(1);

    var round = new UpdateRound(harness.context, this::sleep, 1, false, held, running);

    assertThat(round.handOver()).doesNotContain(running).hasSize(1);
  }

  private UpdateRound round(int number) {
    var running = harness.context.generations().pin(1);
    running.unpin(1);
    return new UpdateRound(
        harness.context, this::sleep, number, false, new ArrayList<>(held), running);
  }

  private void sleep(Duration time) {
    pauses.add(time);
    harness.turn();
  }

  private void swap(Filter filter) throws ChainException {
    harness.context.generations().swap(chain(filter));
  }

  private static ChainSpec chain(Filter filter) {
    return new ChainSpec(List.of(FilterSpec.of("joining", filter)), List.of());
  }

  private void open(int count) {
    for (var i = 0; i < count; i++) {
      harness.another();
    }
  }

  private class Joining implements Filter {
    @Override
    public void onJoin(Connection connection) {
      joined++;
    }
  }
}
