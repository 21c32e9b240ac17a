package io.lhttp.nats.internal.jetstream;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.channel.Broker;
import io.lhttp.channel.History;
import io.lhttp.channel.Position;
import io.lhttp.channel.Retention;
import io.lhttp.message.Message;
import io.lhttp.nats.internal.jetstream.Fetch.Result;
import io.lhttp.nats.internal.jetstream.Fetch.Stored;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * A replica delivers stored and live messages once and in order. All numbers are sequences of the
 * stream.
 */
class ChannelReplicaTest {
  private static final StreamIncarnation INCARNATION = new StreamIncarnation(1_800_000_000_000L, 0);
  private static final StreamIncarnation LATER = new StreamIncarnation(1_800_000_000_001L, 0);

  private int fetches;
  private final List<String> delivered = new ArrayList<>();
  private final ChannelReplica replica =
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
                  .contains(new Position(replica().epoch(), entry.offset()).toString());
              delivered.add(entry.message().body());
            }

            @Override
            public void missed(long count) {
              delivered.add("missed");
            }

            @Override
            public void rewound(long offset) {
              delivered.add("behind " + INCARNATION.sequence(offset));
            }
          },
          m -> fetches++);

  @Test
  void live_afterFirstFetch_deliversOnlyNewMessages() {
    replica.refresh();
    fetch(result(INCARNATION, 20, 4, 5, 9));

    replica.live(21, 9, message(21));
    replica.live(30, 21, message(30));

    assertThat(delivered).containsExactly("21", "30");
    assertThat(remembered()).containsExactly("5", "9", "21", "30");
  }

  @Test
  void live_ofFetchedMessage_deliversIt() {
    replica.refresh();
    fetch(result(INCARNATION, 20, 4, 5, 9, 12));

    replica.live(9, 5, message(9));
    replica.live(12, 9, message(12));
    replica.live(21, 12, message(21));

    assertThat(delivered).containsExactly("9", "12", "21");
  }

  @Test
  void live_whileLoading_isDeliveredAfterFetchedMessages() {
    replica.refresh();
    requireNonNull(replica.beginRound());
    replica.live(9, 5, message(9));
    replica.live(12, 9, message(12));
    assertThat(replica.endRound(result(INCARNATION, 10, 4, 5, 9))).isTrue();

    assertThat(delivered).containsExactly("9", "12");
    assertThat(remembered()).containsExactly("5", "9", "12");
  }

  @Test
  void live_afterGap_fetchesAndDeliversInOrder() {
    replica.refresh();
    fetch(result(INCARNATION, 10, 0));
    replica.live(11, 0, message(11));
    assertThat(fetches).isEqualTo(1);

    replica.live(14, 13, message(14));
    assertThat(fetches).isEqualTo(2);
    requireNonNull(replica.beginRound());
    replica.live(15, 14, message(15));
    assertThat(delivered).containsExactly("11");
    assertThat(replica.endRound(result(INCARNATION, 14, 10, 12, 13, 14))).isTrue();

    assertThat(delivered).containsExactly("11", "12", "13", "14", "15");
    replica.live(16, 15, message(16));
    assertThat(delivered).endsWith("15", "16");
  }

  @Test
  void firstLive_afterLostNotification_deliversBoth() {
    replica.refresh();
    fetch(result(INCARNATION, 10, 0, 4));

    replica.live(14, 13, message(14));
    fetch(result(INCARNATION, 14, 4, 13, 14));

    assertThat(delivered).containsExactly("13", "14");
  }

  @Test
  void firstLive_afterSecondFetch_deliversFetchedMessages() {
    replica.refresh();
    fetch(result(INCARNATION, 10, 0, 4));
    replica.refresh();
    fetch(result(INCARNATION, 12, 4, 12));

    replica.live(14, 12, message(14));

    assertThat(delivered).containsExactly("12", "14");
  }

  @Test
  void firstLive_afterShedding_deliversEarlierFetchedMessages() {
    replica.refresh();
    fetch(result(INCARNATION, 10, 0, 4));
    replica.refresh();
    fetch(result(INCARNATION, 12, 4, 12));
    replica.shed();

    replica.live(14, 12, message(14));

    assertThat(delivered).containsExactly("12", "14");
  }

  @Test
  void live_afterLostNotificationWhileLoading_deliversBoth() {
    replica.refresh();
    requireNonNull(replica.beginRound());
    replica.live(14, 12, message(14));
    assertThat(replica.endRound(result(INCARNATION, 10, 0, 4))).isFalse();

    fetch(result(INCARNATION, 14, 4, 12, 14));

    assertThat(delivered).containsExactly("12", "14");
  }

  @Test
  void firstFetch_afterNotifiedMessageWasRemoved_reportsMissed() {
    replica.refresh();
    replica.live(11, 4, message(11));
    replica.live(12, 11, message(12));

    fetch(result(INCARNATION, 12, 11, 12));

    assertThat(delivered).containsExactly("missed", "12");
  }

  @Test
  void firstLive_windowHasForgottenUndelivered_reportsMissed() {
    replica.refresh();
    fetch(result(INCARNATION, 10, 0, 4));
    replica.refresh();
    fetch(result(INCARNATION, 13, 4, 11, 12, 13));
    replica.refresh();
    fetch(result(INCARNATION, 16, 13, 14, 15, 16));

    replica.live(17, 16, message(17));

    assertThat(delivered).containsExactly("missed", "12", "13", "14", "15", "16", "17");
  }

  @Test
  void fetch_afterMessagesExpired_reportsMissed() {
    replica.refresh();
    fetch(result(INCARNATION, 10, 0, 10));
    replica.live(11, 10, message(11));

    replica.interrupted();
    fetch(new Result(INCARNATION, stored(20, 21), 21, false, 19));

    assertThat(delivered).containsExactly("11", "missed", "20", "21");
    assertThat(replica.holds(INCARNATION.offset(11))).isFalse();
    assertThat(replica.holds(INCARNATION.offset(19))).isTrue();
    assertThat(replica.after(INCARNATION.offset(11), 9).missed()).isEqualTo(1);
  }

  @Test
  void fetch_predecessorRemoved_reportsMissedAndGoesOn() {
    replica.refresh();
    replica.live(9, 8, message(9));
    fetch(result(INCARNATION, 10, 5)); // the stream has removed 8 and 9 in the meantime

    assertThat(delivered).containsExactly("missed", "9");
  }

  @Test
  void fetch_afterInterruption_deliversWithoutNotification() {
    replica.refresh();
    fetch(result(INCARNATION, 10, 0, 4));

    replica.interrupted();
    fetch(result(INCARNATION, 12, 0, 11));

    assertThat(delivered).containsExactly("11");
  }

  @Test
  void fetch_streamRecreated_beginsEpochWithHigherOffsets() {
    replica.refresh();
    fetch(result(INCARNATION, 10, 0, 4));
    replica.live(11, 4, message(11));
    var epoch = replica.epoch();
    var head = replica.head();

    replica.live(1, 0, message(1));
    assertThat(fetches).isEqualTo(2);
    assertThat(fetchOnce(result(LATER, 1, 0, 1))).isFalse();
    fetch(new Result(LATER, List.of(), 1, true, 1));

    assertThat(delivered).containsExactly("11", "missed", "1");
    assertThat(replica.epoch()).isNotEqualTo(epoch);
    assertThat(replica.head()).isGreaterThan(head);
    assertThat(remembered()).containsExactly("1");
  }

  @Test
  void fetch_streamRestored_deliversNothingTwice() {
    replica.refresh();
    fetch(result(INCARNATION, 10, 0, 4));
    replica.live(11, 4, message(11));

    replica.refresh();
    // the stream ended with 7, so the server has renewed it
    var renewed = new StreamIncarnation(LATER.born(), 7);
    assertThat(fetchOnce(result(renewed, 8, 0, 4, 8))).isFalse();
    fetch(new Result(renewed, List.of(), 8, true, 0));

    assertThat(delivered).containsExactly("11", "missed", "8");
    assertThat(remembered()).containsExactly("4", "8");
  }

  @Test
  void live_forgedWithGap_delaysNothing() {
    replica.refresh();
    fetch(result(INCARNATION, 10, 0, 4));

    replica.live(1_000_000, 7, message(7));
    assertThat(fetches).isEqualTo(2);
    fetch(result(INCARNATION, 10, 0));
    replica.live(11, 4, message(11));
    fetch(result(INCARNATION, 11, 4, 11));

    assertThat(delivered).containsExactly("11");
    assertThat(fetches).isEqualTo(3);
  }

  @Test
  void live_afterForgedNotification_rewindsAndDeliversStream() {
    replica.refresh();
    fetch(result(INCARNATION, 10, 0, 4));
    replica.live(1_000_000, 0, message(7));

    replica.live(11, 4, message(11));
    assertThat(requireNonNull(replica.beginRound()).newest()).as("from the beginning").isZero();
    replica.live(12, 11, message(12));
    assertThat(replica.endRound(result(INCARNATION, 11, 0, 4, 11))).isTrue();
    replica.live(13, 12, message(13));

    assertThat(delivered).containsExactly("7", "missed", "behind 4", "11", "12", "13");
    assertThat(remembered()).containsExactly("4", "11", "12", "13");
    assertThat(replica.head()).isEqualTo(INCARNATION.offset(13));
  }

  @Test
  void fetch_beforeForgedNotification_rewindsAndDeliversStream() {
    replica.refresh();
    fetch(result(INCARNATION, 10, 0, 4));
    replica.live(1_000_000, 0, message(7));

    replica.interrupted();
    assertThat(fetchOnce(new Result(INCARNATION, List.of(), 11, true, 1_000_000))).isFalse();
    assertThat(fetchOnce(result(INCARNATION, 12, 0, 4, 11, 12))).isTrue();
    replica.live(13, 12, message(13));

    assertThat(delivered).containsExactly("7", "missed", "behind 4", "11", "12", "13");
    assertThat(remembered()).containsExactly("4", "11", "12", "13");
  }

  @Test
  void live_sequenceOfForgedNotification_replacesIt() {
    replica.refresh();
    fetch(result(INCARNATION, 10, 0, 4));
    replica.live(11, 4, message(7));

    replica.live(11, 4, message(11));
    fetch(result(INCARNATION, 11, 0, 4, 11));

    assertThat(delivered).containsExactly("7", "missed", "behind 4", "11");
    assertThat(remembered()).containsExactly("4", "11");
  }

  @Test
  void live_sameTwice_isDeliveredOnce() {
    replica.refresh();
    fetch(result(INCARNATION, 10, 0, 4));
    replica.live(11, 4, message(11));

    replica.live(11, 4, message(11));
    fetch(result(INCARNATION, 11, 11));
    replica.live(12, 11, message(12));

    assertThat(delivered).containsExactly("11", "12");
  }

  @Test
  void reload_afterMessagesExpired_reportsMissed() {
    replica.refresh();
    fetch(result(INCARNATION, 10, 0, 4));
    replica.live(11, 4, message(11));
    replica.shed();
    replica.interrupted();
    var older = replica.reaches(Optional.of(INCARNATION.position(3))).toCompletableFuture();

    fetch(new Result(INCARNATION, stored(20, 21), 21, false, 19));

    assertThat(older).isCompleted();
    assertThat(delivered).containsExactly("11", "missed", "20", "21");
  }

  @Test
  void reaches_positionAhead_waitsForFetch() {
    replica.refresh();
    var loading = replica.reaches(Optional.empty()).toCompletableFuture();
    assertThat(loading).isNotDone();
    fetch(result(INCARNATION, 10, 0, 4));
    assertThat(loading).isCompleted();
    assertThat(replica.reaches(Optional.of(INCARNATION.position(10))).equals(Broker.TAKEN))
        .isTrue();
    assertThat(replica.reaches(Optional.of(LATER.position(10))).equals(Broker.TAKEN)).isTrue();

    var ahead = replica.reaches(Optional.of(INCARNATION.position(12))).toCompletableFuture();
    var impossible = replica.reaches(Optional.of(INCARNATION.position(99))).toCompletableFuture();
    assertThat(ahead).isNotDone();
    assertThat(fetches).isEqualTo(2);
    fetch(result(INCARNATION, 12, 0, 12));

    assertThat(ahead).isCompleted();
    assertThat(impossible).isCompleted();
    assertThat(replica.holds(INCARNATION.offset(12))).isTrue();
    assertThat(replica.holds(INCARNATION.offset(99))).isFalse();
  }

  @Test
  void reaches_shedPosition_fetchesAgain() {
    replica.refresh();
    fetch(result(INCARNATION, 10, 0, 3, 4));
    replica.live(11, 4, message(11));

    replica.shed();
    replica.live(12, 11, message(12));
    assertThat(replica.reaches(Optional.of(INCARNATION.position(11))).equals(Broker.TAKEN))
        .isTrue();
    var older = replica.reaches(Optional.of(INCARNATION.position(3))).toCompletableFuture();
    assertThat(older).isNotDone();
    var start = requireNonNull(replica.beginRound());
    assertThat(start.newest()).isZero();
    assertThat(replica.endRound(result(INCARNATION, 12, 2, 3, 4, 11, 12))).isTrue();

    assertThat(older).isCompleted();
    assertThat(replica.holds(INCARNATION.offset(3))).isTrue();
    assertThat(remembered()).containsExactly("3", "4", "11", "12");
    assertThat(delivered).containsExactly("11", "12");
  }

  @Test
  void live_beyondRetention_forgetsOldest() {
    replica.refresh();
    fetch(result(INCARNATION, 3, 0, 1, 2, 3));
    for (var i = 4; i <= 8; i++) {
      replica.live(i, i - 1, message(i));
    }

    assertThat(remembered()).containsExactly("4", "5", "6", "7", "8");
    assertThat(replica.holds(INCARNATION.offset(2))).isFalse();
    assertThat(replica.holds(INCARNATION.offset(3))).isTrue();
    assertThat(replica.before(2)).isEqualTo(INCARNATION.offset(6));
  }

  @Test
  void live_withoutMessage_leavesNoGap() {
    replica.refresh();
    fetch(result(INCARNATION, 3, 0));
    replica.live(4, 0, message(4));
    replica.live(5, 4, null);
    replica.live(6, 5, message(6));

    assertThat(delivered).containsExactly("4", "6");
    assertThat(fetches).isEqualTo(1);
  }

  @Test
  void live_afterEnd_deliversNothing() {
    replica.refresh();
    var waiting = replica.reaches(Optional.empty()).toCompletableFuture();
    replica.end();
    assertThat(waiting).isCompletedExceptionally();

    replica.live(4, 0, message(4));
    assertThat(replica.beginRound()).isNull();
    assertThat(delivered).isEmpty();
  }

  private ChannelReplica replica() {
    return replica;
  }

  private void fetch(Result result) {
    assertThat(fetchOnce(result)).isTrue();
  }

  private boolean fetchOnce(Result result) {
    requireNonNull(replica.beginRound());
    return replica.endRound(result);
  }

  private List<String> remembered() {
    return replica.after(replica.before(0), 100).entries().stream()
        .map(entry -> entry.message().body())
        .toList();
  }

  private static Result result(
      StreamIncarnation incarnation, long readUpTo, long floor, long... sequences) {
    return new Result(incarnation, stored(sequences), readUpTo, true, floor);
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
