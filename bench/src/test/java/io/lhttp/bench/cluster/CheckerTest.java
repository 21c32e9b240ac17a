package io.lhttp.bench.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.bench.cluster.Journal.Delivered;
import io.lhttp.bench.cluster.Journal.Event;
import io.lhttp.bench.cluster.Journal.Gap;
import io.lhttp.bench.cluster.Journal.Missed;
import io.lhttp.bench.cluster.Sent.End;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The checker finds lost, doubled and misordered messages. Times are in seconds: a subscriber
 * begins at 0.
 */
class CheckerTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Gap BEGINNING = new Gap(0, 0);

  @Test
  void allInOrder_isGood() {
    var verdict = check(sent(End.DONE, 1, 2, 3), BEGINNING, came(1), came(2), came(3));

    assertThat(verdict.good(true)).isTrue();
    assertThat(verdict.sent()).isEqualTo(3);
    assertThat(verdict.expected()).isEqualTo(3);
    assertThat(verdict.delivered()).isEqualTo(3);
  }

  @Test
  void noMessages_areNotGood() {
    assertThat(check(sent(End.DONE), BEGINNING).good(false)).isFalse();
  }

  @Test
  void messageTwice_isDoubled() {
    var verdict = check(sent(End.DONE, 1, 2), BEGINNING, came(1), came(2), came(1));

    assertThat(verdict.doubled()).isOne();
    assertThat(verdict.outOfOrder()).isZero();
    assertThat(verdict.good(false)).isFalse();
  }

  @Test
  void messageBehindLaterOne_isOutOfOrder() {
    var verdict = check(sent(End.DONE, 1, 2, 3), BEGINNING, came(1), came(3), came(2));

    assertThat(verdict.outOfOrder()).isOne();
    assertThat(verdict.lost()).isZero();
    assertThat(verdict.good(false)).isFalse();
  }

  @Test
  void nextSubscription_sameMessageAgain_isGood() {
    var gap = new Gap(20 * SECOND, 21 * SECOND);
    var verdict = check(sent(End.DONE, 1, 2), BEGINNING, came(1), came(2), gap, came(1), came(2));

    assertThat(verdict.good(true)).isTrue();
  }

  @Test
  void missingMessage_isSilentLoss() {
    var verdict = check(sent(End.DONE, 1, 2, 3), BEGINNING, came(1), came(3));

    assertThat(verdict.lost()).isOne();
    assertThat(verdict.silent()).isOne();
    assertThat(verdict.good(false)).isFalse();
    assertThat(verdict.toString()).contains("unreported loss");
  }

  @Test
  void missedHeader_excusesItsNumber() {
    var all = sent(End.DONE, 1, 2, 3, 4);
    var one = check(all, BEGINNING, came(1), new Missed(1), came(4));
    var two = check(all, BEGINNING, came(1), new Missed(2), came(4));

    assertThat(one.reported()).isOne();
    assertThat(one.silent()).isOne();
    assertThat(two.reported()).isEqualTo(2);
    assertThat(two.good(false)).isTrue();
    assertThat(two.good(true)).isFalse();
  }

  @Test
  void missedHeader_excusesLossesAtItsPlaceOnly() {
    var all = sent(End.DONE, 1, 2, 3, 4, 5);
    var before = check(all, BEGINNING, came(1), new Missed(1), came(2), came(3), came(5));
    var after = check(all, BEGINNING, came(1), came(3), came(4), new Missed(1), came(5));

    assertThat(before.silent()).isOne();
    assertThat(after.silent()).isOne();
  }

  @Test
  void missedHeader_excusesLossThatNoLaterHeaderCovers() {
    var a = sent("a", End.DONE, 1, 2, 3, 4);
    var b = sent("b", End.DONE, 1, 2, 3);
    var verdict =
        Checker.check(
            List.of(a, b),
            List.of(
                journal(
                    BEGINNING,
                    came("a", 1),
                    came("b", 1),
                    new Missed(
                        1), // counts as b's loss, because the later header can report only a's
                    // losses
                    came("b", 3),
                    new Missed(2),
                    came("a", 4))));

    assertThat(verdict.reported()).isEqualTo(3);
    assertThat(verdict.silent()).isZero();
  }

  @Test
  void lossBetweenSubscriptions_isReportedLoss() {
    var gap = new Gap(5 * SECOND, 6 * SECOND);
    var verdict = check(sent(End.DONE, 1, 2, 3), BEGINNING, came(1), gap, came(3));

    assertThat(verdict.reported()).isOne();
    assertThat(verdict.good(false)).isTrue();
    assertThat(verdict.good(true)).isFalse();
  }

  @Test
  void lossWithinSubscription_isSilentDespiteLaterGap() {
    var gap = new Gap(50 * SECOND, 51 * SECOND);
    var verdict = check(sent(End.DONE, 1, 2, 3, 4), BEGINNING, came(1), came(3), gap, came(4));

    assertThat(verdict.silent()).isOne();
  }

  @Test
  void lostEnd_isExcusedByKilledServerOnly() {
    assertThat(check(sent(End.KILLED, 1, 2), BEGINNING, came(1)).orphaned()).isOne();
    assertThat(check(sent(End.KILLED, 1, 2), BEGINNING, came(1)).good(false)).isTrue();
    assertThat(check(sent(End.KILLED, 1, 2), BEGINNING, came(1)).good(true)).isFalse();
    assertThat(check(sent(End.BROKEN, 1, 2), BEGINNING, came(1)).silent()).isOne();
    assertThat(check(sent(End.DONE, 1, 2), BEGINNING, came(1)).silent()).isOne();
  }

  @Test
  void lostEnd_longBeforeSubscriptionEnds_isSilent() {
    var late = new Gap(60 * SECOND, 61 * SECOND);
    var atOnce = new Gap(11 * SECOND, 12 * SECOND);

    assertThat(check(sent(End.BROKEN, 1, 2), BEGINNING, came(1), late).silent()).isOne();
    assertThat(check(sent(End.BROKEN, 1, 2), BEGINNING, came(1), atOnce).reported()).isOne();
  }

  @Test
  void lostBeginning_ofOldSubscription_isSilent() {
    var gap = new Gap(4 * SECOND, 9 * SECOND); // the stream began at second 5

    assertThat(check(sent(End.DONE, 1, 2), BEGINNING, came(2)).silent()).isOne();
    assertThat(check(sent(End.DONE, 1, 2), BEGINNING, gap, came(2)).reported()).isOne();
    assertThat(check(sent(End.DONE, 1, 2), BEGINNING).silent()).isEqualTo(2);
  }

  @Test
  void refusedButDelivered_isCounted() {
    var refused = new BitSet();
    refused.set(2);
    var sent = new Sent("a", "c", 5 * SECOND, 10 * SECOND, numbers(1, 3), refused, End.DONE);

    assertThat(check(sent, BEGINNING, came(1), came(2), came(3)).refusedYetDelivered()).isOne();
    assertThat(check(sent, BEGINNING, came(1), came(3)).good(true)).isTrue();
  }

  @ParameterizedTest
  @EnumSource(Mutant.class)
  void everyMutant_isFound(Mutant mutant) {
    var all = IntStream.rangeClosed(1, 100_000).toArray();
    var events = new ArrayList<Event>(List.of(BEGINNING));
    IntStream.of(all).forEach(n -> events.add(came(n)));
    var sent = List.of(sent(End.DONE, all));
    var journals = List.of(journal(events.toArray(new Event[0])));

    assertThat(Checker.check(sent, journals).good(true)).isTrue();
    var verdict = Checker.check(sent, mutant.of(journals));
    assertThat(verdict.good(false)).isFalse();
    assertThat(verdict.silent() + verdict.outOfOrder() + verdict.doubled()).isEqualTo(10);
  }

  private static Verdict check(Sent sent, Event... events) {
    return Checker.check(List.of(sent), List.of(journal(events)));
  }

  private static Journal journal(Event... events) {
    var journal = new Journal("s", "c");
    List.of(events).forEach(journal::add);
    return journal;
  }

  private static Event came(int number) {
    return came("a", number);
  }

  private static Event came(String stream, int number) {
    return new Delivered(stream, number);
  }

  /** From 5 to 10. */
  private static Sent sent(End end, int... numbers) {
    return sent("a", end, numbers);
  }

  private static Sent sent(String stream, End end, int... numbers) {
    return new Sent(stream, "c", 5 * SECOND, 10 * SECOND, numbers(numbers), new BitSet(), end);
  }

  private static BitSet numbers(int... numbers) {
    var set = new BitSet();
    IntStream.of(numbers).forEach(set::set);
    return set;
  }
}
