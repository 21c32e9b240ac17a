package io.lhttp.nats.internal.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.RefusedException;
import io.lhttp.channel.Position;
import io.lhttp.nats.internal.jetstream.ReplicaState.Basis;
import io.lhttp.nats.internal.jetstream.ReplicaState.Following;
import io.lhttp.nats.internal.jetstream.WaitingReaders.Reader;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Readers of a history wait until their position is known or a round has ended. */
class WaitingReadersTest {
  private static final StreamIncarnation INCARNATION = new StreamIncarnation(1_800_000_000_000L, 0);

  private final WaitingReaders readers = new WaitingReaders();

  @Test
  void reader_beforeFirstRound_waits() {
    assertThat(reader(Optional.empty(), 0).isServed(ReplicaTransition.START, 0)).isFalse();
  }

  @Test
  void reader_ofKnownPosition_isServedAtOnce() {
    assertThat(at(7, 1).isServed(following(7, 1, ReplicaState.NOTHING_SHED), 0)).isTrue();
    assertThat(reader(Optional.empty(), 1).isServed(following(7, 1, 5), 0)).isTrue();
  }

  @Test
  void reader_ofLaterPosition_waitsForNextRound() {
    assertThat(at(8, 1).isServed(following(7, 1, ReplicaState.NOTHING_SHED), 0)).isFalse();
    assertThat(at(8, 1).isServed(following(7, 2, ReplicaState.NOTHING_SHED), 0)).isTrue();
  }

  @Test
  void reader_ofOtherEpoch_isServed() {
    var position = new Position(new StreamIncarnation(1_700_000_000_000L, 0).name(), 99);

    assertThat(
            reader(Optional.of(position), 1)
                .isServed(following(7, 1, ReplicaState.NOTHING_SHED), 0))
        .isTrue();
  }

  @Test
  void reader_ofShedPosition_waitsForNextRound() {
    assertThat(at(4, 1).isServed(following(7, 1, 6), 6)).isFalse();
    assertThat(at(4, 1).isServed(following(7, 1, ReplicaState.NOTHING_SHED), 6))
        .as("the retention has removed it")
        .isTrue();
    assertThat(at(6, 1).isServed(following(7, 1, 6), 6)).isTrue();
  }

  @Test
  void takeServed_leavesOtherReaders() {
    var early = at(7, 1);
    var late = at(8, 1);
    readers.add(early);
    readers.add(late);

    assertThat(readers.takeServed(following(7, 1, ReplicaState.NOTHING_SHED), 0))
        .containsExactly(early);
    assertThat(readers.takeAll()).containsExactly(late);
    assertThat(readers.isEmpty()).isTrue();
  }

  @Test
  void answer_completesOrIsRefused() {
    var served = at(7, 1);
    var refused = at(8, 1);
    served.serve();
    refused.refuse();

    assertThat(served.answer().toCompletableFuture()).isCompleted();
    assertThat(refused.answer().toCompletableFuture())
        .isCompletedExceptionally()
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .withCauseInstanceOf(RefusedException.class);
  }

  @Test
  void add_removesAbandonedReaders() {
    var gone = at(8, 1);
    readers.add(gone);
    gone.refuse();
    var next = at(9, 1);
    readers.add(next);

    assertThat(readers.takeAll()).containsExactly(next);
  }

  private static Reader at(long sequence, int round) {
    return reader(Optional.of(INCARNATION.position(sequence)), round);
  }

  private static Reader reader(Optional<Position> position, int round) {
    return new Reader(position, round);
  }

  private static ReplicaState following(long newest, int endedRound, long shedUpTo) {
    return new Following(
        new Basis(INCARNATION, newest, shedUpTo, endedRound), newest, newest, 0, newest);
  }
}
