package io.lhttp.chain;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.Test;

/** The times of the last minute contain no older calls. */
class RecentTimesTest {
  private final AtomicLongArray times = new AtomicLongArray(1 + Latency.BUCKETS);
  private final RecentTimes recent = new RecentTimes();

  @Test
  void times_olderThanAMinute_areForgotten() {
    times.incrementAndGet(1);
    assertThat(recent.of(echo()).count()).isEqualTo(1);

    for (var i = 0; i < 6; i++) {
      recent.record(List.of(echo()));
    }
    assertThat(recent.of(echo()).count()).isZero();

    times.incrementAndGet(1);
    assertThat(recent.of(echo()).count()).isEqualTo(1);
  }

  private LinkStatistics echo() {
    var time = Latency.sumOf(new AtomicLongArray[] {times}, 0);
    return new LinkStatistics(
        LinkStatistics.Kind.PROCESSOR, "echo", time.count(), 0, List.of(), List.of(), time);
  }
}
