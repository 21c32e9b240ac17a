package io.lhttp.internal.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EditDistanceTest {
  @ParameterizedTest
  @CsvSource({"kitten, sitting, 3", "listen, lisetn, 1", "'', abc, 3", "ABC, abc, 0", "ab, ab, 0"})
  void distance_countsEdits(String from, String to, int expected) {
    assertThat(EditDistance.of(from, to)).isEqualTo(expected);
  }
}
