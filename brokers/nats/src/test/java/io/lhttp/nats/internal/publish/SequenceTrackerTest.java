package io.lhttp.nats.internal.publish;

import static io.lhttp.nats.internal.publish.GapDetector.LATE;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tracker counts missing numbers in each server's run and ignores forged ones. */
class SequenceTrackerTest {
  private long now;
  private final GapDetector gaps = new GapDetector(1_000, () -> now);

  @Test
  void consecutiveNumbers_missNothing() {
    assertThat(missing(run("a", 2_000), 1, 2, 3)).isZero();
  }

  @Test
  void skippedNumbers_areMissing() {
    assertThat(missing(run("a", 2_000), 1, 4, 5, 7)).isEqualTo(3);
  }

  @Test
  void firstNumber_ofRunBegunBefore_missesNothing() {
    assertThat(missing(run("a", 500), 70, 71)).isZero();
    assertThat(missing(run("a", 500), 73)).isEqualTo(1);
  }

  @Test
  void firstNumber_ofRunBegunSince_missesEarlierOnes() {
    assertThat(missing(run("a", 2_000), 4)).isEqualTo(3);
  }

  @Test
  void numberBelowNewest_isLate() {
    var a = run("a", 2_000);
    assertThat(missing(a, 1, 4, 5)).isEqualTo(2);
    assertThat(gaps.missing(a + 2)).isEqualTo(LATE);
    assertThat(gaps.missing(a + 5)).isEqualTo(LATE);
    assertThat(missing(run("b", 2_000), 1)).isZero();
    assertThat(gaps.missing(a + 3)).isEqualTo(LATE);
    assertThat(missing(a, 6)).isZero();
  }

  @Test
  void numberBelowJump_isLateOnceJumpIsConfirmed() {
    var a = run("a", 2_000);
    assertThat(missing(a, 1, 2, 6)).isEqualTo(3);
    assertThat(missing(a, 3, 4)).as("6 may have been made up").isZero();
    assertThat(missing(a, 7)).as("it was not").isZero();
    assertThat(gaps.missing(a + 5)).isEqualTo(LATE);
    assertThat(missing(a, 8)).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {4, 5, 1_000, 1_000_000, 999_999_999_999_999_999L, Long.MAX_VALUE})
  void forgedNumber_inKnownRun_doesNotHideLaterGaps(long forged) {
    var a = run("a", 2_000);
    assertThat(missing(a, 1, 2)).isZero();

    gaps.missing(a + forged);

    for (var number = 3; number < 20; number++) {
      assertThat(gaps.missing(a + number)).as("%d", number).isZero();
    }
    assertThat(missing(a, 22)).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(longs = {2, 1_000_000, 999_999_999_999_999_999L})
  void forgedNumber_beforeFirstOfRun_missesNothing(long forged) {
    for (var begun : List.of(500L, 2_000L)) {
      var a = run("a", begun);
      gaps.missing(a + forged);
      assertThat(missing(a, 1, 2, 3)).isZero();
    }
  }

  @Test
  void forgedConsecutiveNumbers_areForgottenAfterSeconds() {
    var a = run("a", 2_000);
    assertThat(missing(a, 1, 2, 1_000, 1_001)).isEqualTo(997);
    assertThat(gaps.missing(a + 3)).isEqualTo(LATE);

    now += Duration.ofSeconds(16).toNanos();

    assertThat(missing(a, 4, 5, 6)).isZero();
  }

  @Test
  void numbersOfLaterVersion_areNotCounted() {
    assertThat(missing("lhttp-number-2.a.b.", 1, 7, 3)).isZero();
  }

  @Test
  void forgedHighestNumber_makesNoLaterNumberLate() {
    var a = run("a", 2_000);
    assertThat(missing(a, 1, 2)).isZero();
    assertThat(gaps.missing(a + Long.MAX_VALUE)).isZero();
    assertThat(missing(a, 3, 5)).isEqualTo(1);

    // this sequence began before the subscription, so its first number may be any
    var b = run("b", 500);
    assertThat(missing(b, Long.MAX_VALUE, 70, 71)).isZero();
    assertThat(missing(b, 73)).isEqualTo(1);
  }

  @Test
  void ours_isTrueForOwnNumbersOnly() {
    var tracker = new SequenceTracker("a");
    var own = tracker.of("channel");
    assertThat(tracker.isOurs(own.next())).isTrue();
    assertThat(tracker.isOurs(run("ab", 2_000) + 1)).isFalse();
    assertThat(tracker.isOurs("a")).isFalse();
    assertThat(tracker.isOurs(null)).isFalse();
  }

  @Test
  void runsOfServers_areCountedSeparately() {
    assertThat(missing(run("a", 2_000), 1)).isZero();
    assertThat(missing(run("b", 2_000), 1)).isZero();
    assertThat(missing(run("a", 2_000), 2)).isZero();
    assertThat(missing(run("b", 2_000), 3)).isEqualTo(1);
  }

  @Test
  void malformedNumber_missesNothing() {
    for (var replyTo :
        new String[] {
          "",
          ".",
          "a",
          "_INBOX.a.7",
          "lhttp-number.",
          "lhttp-number.a",
          "lhttp-number.a.b.x",
          "lhttp-number.a.b.0",
          "lhttp-number.a.b.-1",
          "lhttp-number.7",
          "lhttp-number.a.b.99999999999999999999",
          "lhttp-number.a.b.+5",
          "lhttp-number.a.b.\u0665",
          "lhttp-number.a.-b.5",
          "lhttp-number.a.zzzzzzzzzzzzzzzz.5",
          "lhttp-number.a..5",
          "lhttp-number.a.b. 5"
        }) {
      assertThat(gaps.missing(replyTo)).as(replyTo).isZero();
    }
    assertThat(gaps.missing(null)).isZero();
  }

  @Test
  void next_withoutAdvance_repeatsNumber() {
    var sequence = new SequenceTracker("s").of("a");
    var first = sequence.next();
    assertThat(sequence.next()).as("a publication that was refused").isEqualTo(first);
    sequence.advance();
    assertThat(sequence.next()).endsWith(".2");
  }

  private static String run(String server, long begun) {
    return "lhttp-number." + server + "." + Long.toString(begun, 36) + ".";
  }

  private long missing(String run, long... numbers) {
    var missing = 0L;
    for (var number : numbers) {
      missing += gaps.missing(run + number);
    }
    return missing;
  }
}
