package io.lhttp.app.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The watchdog halts a process that does not end by its deadline. */
class StopDeadlineTest {
  @Test
  void processBeyondDeadline_isHalted() throws Exception {
    var halted = new CountDownLatch(1);
    try (var end = new StopDeadline(halted::countDown)) {
      end.within(Duration.ofMillis(10));
      assertThat(halted.await(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void processWithinDeadline_isNotHalted() {
    var halted = new CountDownLatch(1);

    try (var end = new StopDeadline(halted::countDown)) {
      end.within(Duration.ofDays(1));
    }

    assertThat(halted.getCount()).isOne();
  }
}
