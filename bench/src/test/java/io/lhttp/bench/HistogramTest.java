package io.lhttp.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HistogramTest {
  private final Histogram histogram = new Histogram();

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 31, 32, 63, 64, 65, 1_000, 123_456_789, Long.MAX_VALUE})
  void a_value_comes_back_to_3_percent_and_never_smaller(long nanos) {
    histogram.record(nanos);
    assertThat(histogram.percentile(0.5))
        .isGreaterThanOrEqualTo(nanos)
        .isCloseTo(nanos, withinPercentage(3.2));
  }

  @Test
  void percentiles_are_those_of_the_sorted_values() {
    for (var i = 1; i <= 1_000; i++) {
      histogram.record(i * 1_000L);
    }
    assertThat(histogram.percentile(0.5)).isCloseTo(500_000, withinPercentage(3.2));
    assertThat(histogram.percentile(0.99)).isCloseTo(990_000, withinPercentage(3.2));
    assertThat(histogram.percentile(0.999)).isCloseTo(999_000, withinPercentage(3.2));
    assertThat(histogram.count()).isEqualTo(1_000);
  }

  @Test
  void a_clock_that_went_back_counts_as_zero() {
    histogram.record(-5);
    assertThat(histogram.percentile(1)).isZero();
  }

  @Test
  void nothing_recorded_is_zero() {
    assertThat(histogram.percentile(0.99)).isZero();
  }

  @Test
  void sums_hold_the_values_of_both() {
    histogram.record(10);
    var other = new Histogram();
    other.record(20);
    other.record(20);
    histogram.add(other);
    assertThat(histogram.count()).isEqualTo(3);
    assertThat(histogram.percentile(0.3)).isEqualTo(10);
    assertThat(histogram.percentile(0.6)).isEqualTo(20);
  }
}
