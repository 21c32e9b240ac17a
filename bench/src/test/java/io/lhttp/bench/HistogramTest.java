package io.lhttp.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The histogram gives percentiles of recorded times within 1 %. */
class HistogramTest {
  private final Histogram histogram = new Histogram();

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 31, 32, 63, 64, 65, 1_000, 123_456_789, 3_600_000_000_000L})
  void percentile_ofOneValue_isAtMost1PercentMore(long nanos) {
    histogram.record(nanos);
    assertThat(histogram.percentile(0.5))
        .isGreaterThanOrEqualTo(nanos)
        .isCloseTo(nanos, withinPercentage(1.1));
  }

  @Test
  void percentiles_agreeWithSortedValues() {
    for (var i = 1; i <= 1_000; i++) {
      histogram.record(i * 1_000L);
    }
    assertThat(histogram.percentile(0.5)).isCloseTo(500_000, withinPercentage(1.1));
    assertThat(histogram.percentile(0.99)).isCloseTo(990_000, withinPercentage(1.1));
    assertThat(histogram.percentile(0.999)).isCloseTo(999_000, withinPercentage(1.1));
    assertThat(histogram.count()).isEqualTo(1_000);
  }

  @Test
  void record_negative_countsAsZero() {
    histogram.record(-5);
    assertThat(histogram.percentile(1)).isZero();
  }

  @Test
  void record_moreThanAnHour_countsAsAnHour() {
    histogram.record(Long.MAX_VALUE);
    assertThat(histogram.percentile(1))
        .isGreaterThanOrEqualTo(Histogram.LONGEST)
        .isCloseTo(Histogram.LONGEST, withinPercentage(1.1));
  }

  @Test
  void percentile_nothingRecorded_isZero() {
    assertThat(histogram.percentile(0.99)).isZero();
  }

  @Test
  void add_holdsValuesOfBoth() {
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
