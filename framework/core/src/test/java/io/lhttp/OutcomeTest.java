package io.lhttp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An outcome bounds the status, reason and pause of a refusal. */
class OutcomeTest {
  @ParameterizedTest
  @ValueSource(ints = {400, 429, 503, 599})
  void refused_errorStatus_isKept(int status) {
    assertThat(Outcome.refused(status, "why").status()).isEqualTo(status);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 200, 399, 600})
  void refused_otherStatus_throws(int status) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Outcome.refused(status, "why"))
        .withMessage("a refusal's status lies between 400 and 599: " + status);
  }

  @ParameterizedTest
  @CsvSource({
    "'a\r\nb', 'a\\r\\nb'",
    "'a\n', 'a\\n'",
    "'\0', '\\u0000'",
    "'\u001b[2J', '\\u001b[2J'",
    "'a\tb', 'a\\tb'",
    "'\u0085é', '\\u0085é'",
    "'\u007f', '\\u007f'",
    "'ünï 🔑 \\n', 'ünï 🔑 \\n'",
  })
  void refused_controlCharactersInReason_areEscaped(String reason, String sent) {
    assertThat(Outcome.refused(422, reason).reason()).isEqualTo(sent);
    assertThat(new RefusedException(422, reason).refusal()).isEqualTo(Outcome.refused(422, sent));
    assertThat(new Outcome.Refused(422, reason, Optional.empty()).reason()).isEqualTo(sent);
  }

  @ParameterizedTest
  @CsvSource({"a, 1", "é, 2", "→, 3", "🔑, 4", "'\n', 2", "'\u0001', 6"})
  void refused_longReason_isCutBetweenCharacters(String unit, int bytes) {
    var escaped = Outcome.refused(422, unit).reason();
    var most = 1024 / bytes;

    for (var before : List.of("", "x", "xy", "xyz")) {
      var fits = before + unit.repeat((1024 - before.length()) / bytes);
      assertThat(Outcome.refused(422, fits).reason())
          .isEqualTo(before + escaped.repeat((1024 - before.length()) / bytes));
      for (var count : new int[] {most + 1, 70_000}) {
        var cut = Outcome.refused(422, before + unit.repeat(count)).reason();
        assertThat(cut).isEqualTo(before + escaped.repeat((1021 - before.length()) / bytes) + "…");
        assertThat(cut.getBytes(UTF_8).length).isBetween(1024 - bytes, 1024);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "PT-1S, PT0S",
    "PT-0.000000001S, PT0S",
    "PT24H, PT24H",
    "PT24H0.000000001S, PT24H",
    "PT2562047788015215H30M7.999999999S, PT24H",
    "PT-2562047788015215H-30M-8S, PT0S",
  })
  void retryAfter_isBoundedBetweenZeroAndOneDay(Duration pause, Duration bounded) {
    var refused = Outcome.refused(429, "slow down").retryAfter(pause);

    assertThat(refused.retryAfter()).contains(bounded);
    assertThat(refused.retryAfterSeconds()).contains(bounded.toSeconds());
  }

  @ParameterizedTest
  @CsvSource({"PT0S, 0", "PT0.000000001S, 1", "PT1S, 1", "PT1.5S, 2", "PT1M, 60"})
  void retryAfterSeconds_roundsUp(Duration pause, long seconds) {
    var refused = Outcome.refused(429, "slow down");
    assertThat(refused.retryAfterSeconds()).isEmpty();
    assertThat(refused.retryAfter(pause))
        .isEqualTo(new Outcome.Refused(429, "slow down", Optional.of(pause)));
    assertThat(refused.retryAfter(pause).retryAfterSeconds()).contains(seconds);
  }

  @Test
  void factories_makeDoneAndClosed() {
    assertThat(Outcome.done()).isEqualTo(new Outcome.Done(true));
    assertThat(Outcome.Done.UNHANDLED.handled()).isFalse();
    assertThat(Outcome.closed(CloseStatus.FORBIDDEN))
        .isEqualTo(new Outcome.Closed(CloseStatus.FORBIDDEN));
  }

  @Test
  void refusedException_carriesRefusal() {
    var refused = Outcome.refused(409, "too many channels");
    assertThat(new RefusedException(refused)).hasMessage("409 too many channels");
    assertThat(new RefusedException(409, "too many channels").refusal()).isEqualTo(refused);
  }
}
