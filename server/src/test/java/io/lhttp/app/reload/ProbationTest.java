package io.lhttp.app.reload;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.reload.Probation.Verdict;
import io.lhttp.chain.ClientCounts;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Probation rolls a generation back when links throw for a larger share of clients. */
class ProbationTest {
  private static final long SECOND = 1_000_000_000L;

  @ParameterizedTest
  @CsvSource({
    // before: clients, clients with failures; now: the same two; open connections
    "1000, 0, 0, 0, 1000, WAIT",
    "1000, 0, 9, 9, 1000, WAIT", // too few of the open connections have sent messages
    "1000, 0, 1, 1, 1, WAIT", // one client is no evidence
    "0, 0, 2, 2, 2, WAIT",
    "0, 0, 3, 3, 5, TAKE_BACK", // most of the open connections
    "0, 0, 3, 3, 6, WAIT",
    "0, 0, 6, 3, 3, WAIT",
    "1000, 0, 10, 10, 1000, TAKE_BACK",
    "0, 0, 10, 10, 1000, TAKE_BACK",
    "1000, 0, 1000, 10, 1000, WAIT", // one of a hundred clients
    "1000, 0, 900, 10, 1000, TAKE_BACK",
    "1000, 100, 1000, 200, 1000, WAIT", // twice as many as before
    "1000, 100, 1000, 220, 1000, TAKE_BACK",
    "1000, 600, 1000, 1000, 1000, WAIT", // as many failed before
  })
  void look_judgesByRiseOfFailureRate(
      long clientsBefore,
      long failedBefore,
      long clients,
      long failed,
      long connections,
      Verdict verdict) {
    var probation =
        new Probation(
            2, new ClientCounts(clientsBefore, failedBefore), SECOND, Duration.ofSeconds(30));

    assertThat(probation.decide(2 * SECOND, new ClientCounts(clients, failed), connections))
        .isEqualTo(verdict);
  }

  @Test
  void look_afterProbation_keepsGeneration() {
    var probation = new Probation(2, ClientCounts.NONE, SECOND, Duration.ofSeconds(30));

    assertThat(probation.decide(31 * SECOND - 1, ClientCounts.NONE, 20)).isEqualTo(Verdict.WAIT);
    assertThat(probation.decide(31 * SECOND, ClientCounts.NONE, 20)).isEqualTo(Verdict.KEEP);
    assertThat(probation.decide(31 * SECOND, new ClientCounts(10, 10), 20))
        .isEqualTo(Verdict.TAKE_BACK);
  }
}
