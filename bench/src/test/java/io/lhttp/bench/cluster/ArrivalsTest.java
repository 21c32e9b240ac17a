package io.lhttp.bench.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Arrivals give the highest number of events within one second. */
class ArrivalsTest {
  private static final long MILLI = 1_000_000;

  private final Arrivals arrivals = new Arrivals();

  @Test
  void mostInASecond_countsInAnySecond() {
    for (var millis : new long[] {3_000, 900, 0, 1_500, 1_899, 1_900}) {
      arrivals.add(millis * MILLI);
    }

    assertThat(arrivals.count()).isEqualTo(6);
    assertThat(arrivals.mostInASecond()).isEqualTo(3); // from 900 to 1,899
  }

  @Test
  void mostInASecond_noArrivals_isZero() {
    assertThat(arrivals.mostInASecond()).isZero();
    arrivals.add(5);
    arrivals.clear();
    assertThat(arrivals.mostInASecond()).isZero();
  }
}
