package io.lhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OutcomeTest {
  @ParameterizedTest
  @ValueSource(ints = {400, 429, 503, 599})
  void aRefusalHasAStatusOfAnError(int status) {
    assertThat(Outcome.refused(status, "why").status()).isEqualTo(status);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 200, 399, 600})
  void anyOtherStatusIsRefused(int status) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Outcome.refused(status, "why"))
        .withMessage("a refusal's status lies between 400 and 599: " + status);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\r\nb", "a\n", "\0", "\u001b[2J", "a\tb", "\u0085", "\u007f"})
  void aReasonIsOneLineWithoutControlCharacters(String reason) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Outcome.refused(422, reason))
        .withMessage("a refusal's reason is one line of text");
  }

  @ParameterizedTest
  @CsvSource({"PT0S, 0", "PT0.000000001S, 1", "PT1S, 1", "PT1.5S, 2", "PT1M, 60"})
  void aPauseIsSentInWholeSecondsRoundedUp(Duration pause, long seconds) {
    var refused = Outcome.refused(429, "slow down");
    assertThat(refused.retryAfterSeconds()).isEmpty();
    assertThat(refused.retryAfter(pause))
        .isEqualTo(new Outcome.Refused(429, "slow down", Optional.of(pause)));
    assertThat(refused.retryAfter(pause).retryAfterSeconds()).contains(seconds);
  }

  @Test
  void doneAndClosed() {
    assertThat(Outcome.done()).isEqualTo(new Outcome.Done(true));
    assertThat(Outcome.Done.UNHANDLED.handled()).isFalse();
    assertThat(Outcome.closed(CloseCode.FORBIDDEN))
        .isEqualTo(new Outcome.Closed(CloseCode.FORBIDDEN));
  }

  @Test
  void anExceptionCarriesItsRefusal() {
    var refused = Outcome.refused(409, "too many channels");
    assertThat(new RefusedException(refused)).hasMessage("409 too many channels");
    assertThat(new RefusedException(409, "too many channels").refusal()).isEqualTo(refused);
  }
}
