package io.lhttp.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.concurrent.atomic.AtomicLongArray;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Latencies give counts, sums and quantiles of the times that were recorded. */
class LatencyTest {
  @Test
  void none_hasZeroTimeAndCount() {
    assertThat(Latency.NONE.nanos(0.5)).isZero();
    assertThat(Latency.NONE.count()).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {64, 100, 1_000, 123_456, 50_000_000, 3_000_000_000L, 100_000_000_000L})
  void quantile_ofOneTime_isCloseToIt(long nanos) {
    assertThat(of(nanos).nanos(0.5)).isCloseTo(nanos, Percentage.withPercentage(6.3));
  }

  @Test
  void quantiles_ofManyTimes_areCloseToExact() {
    var times = new long[1_000];
    for (var i = 0; i < times.length; i++) {
      times[i] = (i + 1) * 1_000L;
    }
    var latency = of(times);

    assertThat(latency.nanos(0.5)).isCloseTo(500_000, within(32_000L));
    assertThat(latency.nanos(0.99)).isCloseTo(990_000, within(62_000L));
    assertThat(latency.nanos(1)).isCloseTo(1_000_000, within(63_000L));
    assertThat(latency.sumNanos()).isEqualTo(500_500_000);
  }

  @Test
  void timeOutOfRange_countsInOutermostBucket() {
    var latency = of(0, 63, Long.MAX_VALUE, 1L << 40);

    assertThat(latency.count()).isEqualTo(4);
    assertThat(latency.nanos(0.1)).isEqualTo(32);
    assertThat(latency.nanos(1)).isGreaterThan(120_000_000_000L);
  }

  @Test
  void below_powerOfTwo_isExact() {
    var latency = of(1_023, 1_024, 1_025, 2_047, 2_048);

    assertThat(latency.below(1_024)).isEqualTo(1);
    assertThat(latency.below(2_048)).isEqualTo(4);
    assertThat(latency.below(1L << 37)).isEqualTo(5);
  }

  @Test
  void bucket_neverFallsAsTimeGrows() {
    var before = 0;
    for (var nanos = 1L; nanos < 1L << 38; nanos += Math.max(1, nanos / 50)) {
      assertThat(Latency.bucket(nanos)).isBetween(before, Latency.BUCKETS - 1);
      before = Latency.bucket(nanos);
    }
  }

  @Test
  void since_earlierSnapshot_countsLaterTimesOnly() {
    var earlier = of(100, 100);
    var later = of(100, 100, 5_000);

    assertThat(later.since(earlier).count()).isEqualTo(1);
    assertThat(later.since(earlier).nanos(0.5)).isCloseTo(5_000, within(320L));
  }

  private static Latency of(long... nanos) {
    var cell = new AtomicLongArray(1 + Latency.BUCKETS);
    for (var n : nanos) {
      cell.getAndAdd(0, n);
      cell.getAndIncrement(1 + Latency.bucket(n));
    }
    return Latency.sumOf(new AtomicLongArray[] {cell}, 0);
  }
}
