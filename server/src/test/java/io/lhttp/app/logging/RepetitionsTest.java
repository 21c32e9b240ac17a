package io.lhttp.app.logging;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A failure is shown at its first time, and then at most once a second. */
class RepetitionsTest {
  private long now;
  private final Repetitions repetitions = new Repetitions(() -> now);

  @Test
  void repetition_isShownOnceASecondWithCount() {
    assertThat(repetitions.count("a")).isEqualTo(1);
    assertThat(repetitions.count("a")).isZero();
    assertThat(repetitions.count("b")).isEqualTo(1);
    pass(Duration.ofSeconds(1));
    assertThat(repetitions.count("a")).isEqualTo(3);
    assertThat(repetitions.count("a")).isZero();
  }

  @Test
  void failure_afterAMinuteOrReload_isNew() {
    repetitions.count("a");
    pass(Duration.ofSeconds(59));
    assertThat(repetitions.count("a")).isEqualTo(2);
    pass(Duration.ofMinutes(1));
    assertThat(repetitions.count("a")).isEqualTo(1);
    pass(Duration.ofSeconds(1));
    repetitions.clear();
    assertThat(repetitions.count("a")).isEqualTo(1);
  }

  @Test
  void failuresBeyondBound_forgetLeastRecentOne() {
    repetitions.count("first");
    repetitions.count("second");
    pass(Duration.ofSeconds(1));
    IntStream.range(0, 62).forEach(i -> repetitions.count("other" + i));
    assertThat(repetitions.count("first")).isEqualTo(2);
    repetitions.count("one more");
    assertThat(repetitions.count("first")).isZero();
    assertThat(repetitions.count("second")).isEqualTo(1);
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }
}
