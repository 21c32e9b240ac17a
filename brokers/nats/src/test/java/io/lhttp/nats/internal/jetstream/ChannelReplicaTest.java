package io.lhttp.nats.internal.jetstream;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.channel.Broker;
import io.lhttp.channel.History;
import io.lhttp.channel.Position;
import io.lhttp.channel.Retention;
import io.lhttp.message.Message;
import io.lhttp.nats.internal.jetstream.Fetch.Stored;
import io.lhttp.nats.internal.jetstream.Fetch.Stretch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** One channel, as JetStream tells of it: numbers are the stream's sequences. */
class ChannelReplicaTest {
  private static final StreamIncarnation ERA = new StreamIncarnation(1_800_000_000_000L, 0);
  private static final StreamIncarnation LATER = new StreamIncarnation(1_800_000_000_001L, 0);

  private int fetches;
  private final List<String> delivered = new ArrayList<>();
  private final ChannelReplica mirror =
      new ChannelReplica(
          "room",
          new Retention(5, Duration.ofMinutes(10), 1 << 20),
          new Broker.Subscriber() {
            @Override
            public void deliver(Message message) {
              delivered.add("without a position: " + message.body());
            }

            @Override
            public void deliver(History.Entry entry) {
              assertThat(entry.message().header("position"))
                  .contains(new Position(mirror().epoch(), entry.offset()).toString());
              delivered.add(entry.message().body());
            }

            @Override
            public void missed(long count) {
              delivered.add("missed");
            }

            @Override
            public void rewound(long offset) {
              delivered.add("behind " + ERA.sequence(offset));
            }
          },
          m -> fetches++);

  @Test
  void whatWasStoredBeforeIsNotDeliveredAndWhatComesThenIs() {
    mirror.refresh();
    fetched(stretch(ERA, 20, 4, 5, 9));

    mirror.live(21, 9, message(21));
    mirror.live(30, 21, message(30));

    assertThat(delivered).containsExactly("21", "30");
    assertThat(remembered()).containsExactly("5", "9", "21", "30");
  }

  @Test
  void whatWasFetchedBeforeItWasToldOfIsDeliveredWhenItIs() {
    mirror.refresh();
    fetched(stretch(ERA, 20, 4, 5, 9, 12));

    mirror.live(9, 5, message(9));
    mirror.live(12, 9, message(12));
    mirror.live(21, 12, message(21));

    assertThat(delivered).containsExactly("9", "12", "21");
  }

  @Test
  void whatComesWhileTheRestIsFetchedComesBehindIt() {
    mirror.refresh();
    requireNonNull(mirror.begun());
    mirror.live(9, 5, message(9));
    mirror.live(12, 9, message(12));
    assertThat(mirror.fetched(stretch(ERA, 10, 4, 5, 9))).isTrue();

    assertThat(delivered).containsExactly("9", "12");
    assertThat(remembered()).containsExactly("5", "9", "12");
  }

  @Test
  void aGapIsFetchedAndDeliveredInOrder() {
    mirror.refresh();
    fetched(stretch(ERA, 10, 0));
    mirror.live(11, 0, message(11));
    assertThat(fetches).isEqualTo(1);

    mirror.live(14, 13, message(14));
    assertThat(fetches).isEqualTo(2);
    requireNonNull(mirror.begun());
    mirror.live(15, 14, message(15));
    assertThat(delivered).containsExactly("11");
    assertThat(mirror.fetched(stretch(ERA, 14, 10, 12, 13, 14))).isTrue();

    assertThat(delivered).containsExactly("11", "12", "13", "14", "15");
    mirror.live(16, 15, message(16));
    assertThat(delivered).endsWith("15", "16");
  }

  @Test
  void whatWasNotToldOfBeforeTheFirstThatWasIsDeliveredToo() {
    mirror.refresh();
    fetched(stretch(ERA, 10, 0, 4));

    mirror.live(14, 13, message(14));
    fetched(stretch(ERA, 14, 4, 13, 14));

    assertThat(delivered).containsExactly("13", "14");
  }

  @Test
  void whatWasFetchedAgainBeforeAnythingWasToldOfIsDeliveredWithTheFirstThatIs() {
    mirror.refresh();
    fetched(stretch(ERA, 10, 0, 4));
    mirror.refresh();
    fetched(stretch(ERA, 12, 4, 12));

    mirror.live(14, 12, message(14));

    assertThat(delivered).containsExactly("12", "14");
  }

  @Test
  void whatCannotBeHadAnyMoreIsToldAndNotPassedOffAsWhole() {
    mirror.refresh();
    fetched(stretch(ERA, 10, 0, 10));
    mirror.live(11, 10, message(11));

    mirror.interrupted();
    fetched(new Stretch(ERA, stored(20, 21), 21, false, 19));

    assertThat(delivered).containsExactly("11", "missed", "20", "21");
    assertThat(mirror.holds(ERA.offset(11))).isFalse();
    assertThat(mirror.holds(ERA.offset(19))).isTrue();
    assertThat(mirror.after(ERA.offset(11), 9).missed()).isEqualTo(1);
  }

  @Test
  void whatIsKnownToBeMissingForeverDoesNotHoldUpTheRest() {
    mirror.refresh();
    mirror.live(9, 8, message(9));
    fetched(stretch(ERA, 10, 5)); // 8 and 9 are gone by now

    assertThat(delivered).containsExactly("missed", "9");
  }

  @Test
  void whatWasNotToldOfWhileNatsWasAwayIsDelivered() {
    mirror.refresh();
    fetched(stretch(ERA, 10, 0, 4));

    mirror.interrupted();
    fetched(stretch(ERA, 12, 0, 11));

    assertThat(delivered).containsExactly("11");
  }

  @Test
  void anotherStreamIsAnotherEpochWithHigherOffsets() {
    mirror.refresh();
    fetched(stretch(ERA, 10, 0, 4));
    mirror.live(11, 4, message(11));
    var epoch = mirror.epoch();
    var head = mirror.head();

    mirror.live(1, 0, message(1));
    assertThat(fetches).isEqualTo(2);
    assertThat(fetchedOnce(stretch(LATER, 1, 0, 1))).isFalse();
    fetched(new Stretch(LATER, List.of(), 1, true, 1));

    assertThat(delivered).containsExactly("11", "missed", "1");
    assertThat(mirror.epoch()).isNotEqualTo(epoch);
    assertThat(mirror.head()).isGreaterThan(head);
    assertThat(remembered()).containsExactly("1");
  }

  @Test
  void whatAnotherServersBackupBroughtBackIsNotDeliveredAgain() {
    mirror.refresh();
    fetched(stretch(ERA, 10, 0, 4));
    mirror.live(11, 4, message(11));

    mirror.refresh();
    var renewed = new StreamIncarnation(LATER.born(), 7); // it was found to end with 7, and renewed
    assertThat(fetchedOnce(stretch(renewed, 8, 0, 4, 8))).isFalse();
    fetched(new Stretch(renewed, List.of(), 8, true, 0));

    assertThat(delivered).containsExactly("11", "missed", "8");
    assertThat(remembered()).containsExactly("4", "8");
  }

  @Test
  void whatIsToldOfButWasNeverStoredHoldsNothingUp() {
    mirror.refresh();
    fetched(stretch(ERA, 10, 0, 4));

    mirror.live(1_000_000, 7, message(7));
    assertThat(fetches).isEqualTo(2);
    fetched(stretch(ERA, 10, 0));
    mirror.live(11, 4, message(11));
    fetched(stretch(ERA, 11, 4, 11));

    assertThat(delivered).containsExactly("11");
    assertThat(fetches).isEqualTo(3);
  }

  @Test
  void whatWasTakenForTheNextButWasNeverStoredStopsNothingThatWas() {
    mirror.refresh();
    fetched(stretch(ERA, 10, 0, 4));
    mirror.live(1_000_000, 0, message(7));

    mirror.live(11, 4, message(11));
    assertThat(requireNonNull(mirror.begun()).last()).as("from the beginning").isZero();
    mirror.live(12, 11, message(12));
    assertThat(mirror.fetched(stretch(ERA, 11, 0, 4, 11))).isTrue();
    mirror.live(13, 12, message(13));

    assertThat(delivered).containsExactly("7", "missed", "behind 4", "11", "12", "13");
    assertThat(remembered()).containsExactly("4", "11", "12", "13");
    assertThat(mirror.head()).isEqualTo(ERA.offset(13));
  }

  @Test
  void whatWasTakenForTheNextIsFoundOutByTheStreamsEndToo() {
    mirror.refresh();
    fetched(stretch(ERA, 10, 0, 4));
    mirror.live(1_000_000, 0, message(7));

    mirror.interrupted();
    assertThat(fetchedOnce(new Stretch(ERA, List.of(), 11, true, 1_000_000))).isFalse();
    assertThat(fetchedOnce(stretch(ERA, 12, 0, 4, 11, 12))).isTrue();
    mirror.live(13, 12, message(13));

    assertThat(delivered).containsExactly("7", "missed", "behind 4", "11", "12", "13");
    assertThat(remembered()).containsExactly("4", "11", "12", "13");
  }

  @Test
  void whatWasMadeUpForThePlaceOfTheNextGivesWayToIt() {
    mirror.refresh();
    fetched(stretch(ERA, 10, 0, 4));
    mirror.live(11, 4, message(7)); // made up

    mirror.live(11, 4, message(11));
    fetched(stretch(ERA, 11, 0, 4, 11));

    assertThat(delivered).containsExactly("7", "missed", "behind 4", "11");
    assertThat(remembered()).containsExactly("4", "11");
  }

  @Test
  void whatIsToldTwiceIsNoMadeUpOne() {
    mirror.refresh();
    fetched(stretch(ERA, 10, 0, 4));
    mirror.live(11, 4, message(11));

    mirror.live(11, 4, message(11));
    fetched(stretch(ERA, 11, 11));
    mirror.live(12, 11, message(12));

    assertThat(delivered).containsExactly("11", "12");
  }

  @Test
  void whatIsMissingIsToldWhereWhatWasLetGoOfIsFetched() {
    mirror.refresh();
    fetched(stretch(ERA, 10, 0, 4));
    mirror.live(11, 4, message(11));
    mirror.shrink();
    mirror.interrupted();
    var older = mirror.reaches(Optional.of(ERA.position(3))).toCompletableFuture();

    fetched(new Stretch(ERA, stored(20, 21), 21, false, 19));

    assertThat(older).isCompleted();
    assertThat(delivered).containsExactly("11", "missed", "20", "21");
  }

  @Test
  void whoKnowsMoreThanThisServerWaitsForIt() {
    mirror.refresh();
    var loading = mirror.reaches(Optional.empty()).toCompletableFuture();
    assertThat(loading).isNotDone();
    fetched(stretch(ERA, 10, 0, 4));
    assertThat(loading).isCompleted();
    assertThat(mirror.reaches(Optional.of(ERA.position(10))).equals(Broker.TAKEN)).isTrue();
    assertThat(mirror.reaches(Optional.of(LATER.position(10))).equals(Broker.TAKEN)).isTrue();

    var ahead = mirror.reaches(Optional.of(ERA.position(12))).toCompletableFuture();
    var impossible = mirror.reaches(Optional.of(ERA.position(99))).toCompletableFuture();
    assertThat(ahead).isNotDone();
    assertThat(fetches).isEqualTo(2);
    fetched(stretch(ERA, 12, 0, 12));

    assertThat(ahead).isCompleted();
    assertThat(impossible).isCompleted();
    assertThat(mirror.holds(ERA.offset(12))).isTrue();
    assertThat(mirror.holds(ERA.offset(99))).isFalse();
  }

  @Test
  void whatWasLetGoOfIsFetchedAgain() {
    mirror.refresh();
    fetched(stretch(ERA, 10, 0, 3, 4));
    mirror.live(11, 4, message(11));

    mirror.shrink();
    mirror.live(12, 11, message(12));
    assertThat(mirror.reaches(Optional.of(ERA.position(11))).equals(Broker.TAKEN)).isTrue();
    var older = mirror.reaches(Optional.of(ERA.position(3))).toCompletableFuture();
    assertThat(older).isNotDone();
    var place = requireNonNull(mirror.begun());
    assertThat(place.last()).isZero();
    assertThat(mirror.fetched(stretch(ERA, 12, 2, 3, 4, 11, 12))).isTrue();

    assertThat(older).isCompleted();
    assertThat(mirror.holds(ERA.offset(3))).isTrue();
    assertThat(remembered()).containsExactly("3", "4", "11", "12");
    assertThat(delivered).containsExactly("11", "12");
  }

  @Test
  void moreThanIsToBeRememberedIsForgotten() {
    mirror.refresh();
    fetched(stretch(ERA, 3, 0, 1, 2, 3));
    for (var i = 4; i <= 8; i++) {
      mirror.live(i, i - 1, message(i));
    }

    assertThat(remembered()).containsExactly("4", "5", "6", "7", "8");
    assertThat(mirror.holds(ERA.offset(2))).isFalse();
    assertThat(mirror.holds(ERA.offset(3))).isTrue();
    assertThat(mirror.before(2)).isEqualTo(ERA.offset(6));
  }

  @Test
  void whatIsNoMessageIsLeftOutWithoutAGap() {
    mirror.refresh();
    fetched(stretch(ERA, 3, 0));
    mirror.live(4, 0, message(4));
    mirror.live(5, 4, null);
    mirror.live(6, 5, message(6));

    assertThat(delivered).containsExactly("4", "6");
    assertThat(fetches).isEqualTo(1);
  }

  @Test
  void nothingIsDeliveredAfterItsEnd() {
    mirror.refresh();
    var waiting = mirror.reaches(Optional.empty()).toCompletableFuture();
    mirror.end();
    assertThat(waiting).isCompletedExceptionally();

    mirror.live(4, 0, message(4));
    assertThat(mirror.begun()).isNull();
    assertThat(delivered).isEmpty();
  }

  private ChannelReplica mirror() {
    return mirror;
  }

  private void fetched(Stretch stretch) {
    assertThat(fetchedOnce(stretch)).isTrue();
  }

  private boolean fetchedOnce(Stretch stretch) {
    requireNonNull(mirror.begun());
    return mirror.fetched(stretch);
  }

  private List<String> remembered() {
    return mirror.after(mirror.before(0), 100).entries().stream()
        .map(entry -> entry.message().body())
        .toList();
  }

  private static Stretch stretch(StreamIncarnation era, long asOf, long floor, long... sequences) {
    return new Stretch(era, stored(sequences), asOf, true, floor);
  }

  private static List<Stored> stored(long... sequences) {
    return Arrays.stream(sequences)
        .mapToObj(s -> new Stored(s, System.currentTimeMillis(), message(s)))
        .toList();
  }

  private static Message message(long number) {
    return Message.of("chat", Long.toString(number));
  }
}
