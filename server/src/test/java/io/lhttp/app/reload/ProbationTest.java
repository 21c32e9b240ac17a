package io.lhttp.app.reload;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.reload.Probation.Verdict;
import io.lhttp.pipeline.Tally;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProbationTest {
  private static final long SECOND = 1_000_000_000L;

  @ParameterizedTest
  @CsvSource({
    // before: messages, failed; now: messages, failed
    "1000, 0, 0, 0, WAIT",
    "1000, 0, 9, 9, WAIT", // too few to say
    "1000, 0, 10, 10, TAKE_BACK",
    "0, 0, 10, 10, TAKE_BACK",
    "1000, 0, 1000, 10, WAIT", // one of a hundred
    "1000, 0, 900, 10, TAKE_BACK",
    "1000, 100, 1000, 200, WAIT", // as twice before
    "1000, 100, 1000, 220, TAKE_BACK",
    "1000, 600, 1000, 1000, WAIT", // it was as bad before
  })
  void aJumpOfTheRateOfFailuresIsWhatCounts(
      long messagesBefore, long failedBefore, long messages, long failed, Verdict verdict) {
    var probation =
        new Probation(2, new Tally(messagesBefore, failedBefore), SECOND, Duration.ofSeconds(30));

    assertThat(probation.look(2 * SECOND, new Tally(messages, failed))).isEqualTo(verdict);
  }

  @Test
  void whoStandsItToTheEndIsKept() {
    var probation = new Probation(2, Tally.NONE, SECOND, Duration.ofSeconds(30));

    assertThat(probation.look(31 * SECOND - 1, Tally.NONE)).isEqualTo(Verdict.WAIT);
    assertThat(probation.look(31 * SECOND, Tally.NONE)).isEqualTo(Verdict.KEEP);
    assertThat(probation.look(31 * SECOND, new Tally(10, 10))).isEqualTo(Verdict.TAKE_BACK);
  }

  @Test
  void onlyWhatHappenedLatelyIsTheMeasure() {
    var recent = new RecentTally(Duration.ofSeconds(60));
    for (var second = 0; second <= 3600; second++) {
      recent.add(second * SECOND, 1, new Tally(second, Math.max(0, second - 3590)));
    }

    var lately = recent.upTo(new Tally(3600, 10));
    assertThat(lately.failed()).isEqualTo(10);
    assertThat(lately.messages()).isBetween(55L, 65L);

    recent.add(3601 * SECOND, 2, new Tally(5, 0));
    assertThat(recent.upTo(new Tally(6, 1))).isEqualTo(new Tally(1, 1));
  }
}
