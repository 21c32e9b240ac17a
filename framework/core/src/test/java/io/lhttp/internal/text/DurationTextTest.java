package io.lhttp.internal.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DurationTextTest {
  @ParameterizedTest
  @CsvSource({"PT0S, 0 ms", "PT9.9999S, 9999 ms", "PT10S, 10 s", "PT1M30.9S, 90 s"})
  void inWords_givesSecondsFrom10On(Duration time, String expected) {
    assertThat(DurationText.inWords(time)).isEqualTo(expected);
  }
}
