package io.lhttp.scripts.threads;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The guard interrupts a call by the CPU time of its thread, not by the clock. */
class GuardTest {
  private static final Duration LIMIT = Duration.ofMillis(50);

  /** The CPU time of the thread, in nanoseconds. */
  private final AtomicLong ran = new AtomicLong();

  private final CountDownLatch interrupted = new CountDownLatch(1);
  private final CountDownLatch ends = new CountDownLatch(1);
  private long now = 1_000;

  private final Guard guard = new Guard(this::interrupt, thread -> ran.get(), LIMIT);

  private void interrupt() throws InterruptedException {
    interrupted.countDown();
    ends.await();
  }

  private void pass(long millis, long millisOfProcessor) {
    now += TimeUnit.MILLISECONDS.toNanos(millis);
    ran.addAndGet(TimeUnit.MILLISECONDS.toNanos(millisOfProcessor));
    guard.check(now);
  }

  private boolean exit() {
    ends.countDown();
    return guard.exit();
  }

  @ParameterizedTest
  @CsvSource({
    // ms by the clock, ms of CPU time, whether the call is interrupted
    "40,    40,  false",
    "51,    51,  true",
    "60,    40,  false", // two threads share a CPU
    "4900,  49,  false", // a hundred threads share a CPU
    "4900,  50,  true",
    "4999,  0,   false",
    "5000,  0,   true", // no call may wait forever
  })
  void call_isInterruptedByThreadTime(long clock, long processor, boolean late) {
    guard.enter();
    pass(0, 0);
    pass(clock, processor);
    assertThat(exit()).isEqualTo(late);
    assertThat(interrupted.getCount()).isEqualTo(late ? 0 : 1);
  }

  @ParameterizedTest
  @CsvSource({"1, 50", "40, 2000", "7, 350"})
  void firstCalls_haveMultipleOfLimit(int times, long longest) {
    guard.limit(LIMIT, times);
    guard.enter();
    pass(0, 0);
    pass(longest * 2, longest - 1);
    assertThat(interrupted.getCount()).isEqualTo(1);
    pass(1, 1);
    assertThat(exit()).isTrue();
    assertThat(guard.limit()).isEqualTo(Duration.ofMillis(longest));
  }

  @Test
  void firstCalls_endAfterTotalTime() {
    guard.limit(LIMIT, 40);
    for (var i = 0; i < 20; i++) {
      guard.enter();
      pass(0, 0);
      pass(
          10_000,
          100); // far beyond the limit of later calls, but within the total time of the first calls
      assertThat(exit()).as("call %d", i).isFalse();
    }
    guard.enter();
    pass(0, 0);
    pass(60, 50);
    assertThat(exit()).isTrue();
    assertThat(guard.limit()).isEqualTo(LIMIT);
  }

  @Test
  void firstCalls_endAfterTheirNumber() {
    guard.limit(LIMIT, 40);
    for (var i = 0; i < 10_000; i++) {
      guard.enter();
      assertThat(guard.exit()).isFalse();
    }
    guard.enter();
    pass(0, 0);
    pass(60, 50);
    assertThat(exit()).isTrue();
    assertThat(guard.limit()).isEqualTo(LIMIT);
  }

  @Test
  void unseenCall_doesNotInheritTimeOfPreviousCall() {
    guard.enter();
    pass(0, 0);
    pass(40, 40);
    assertThat(guard.exit()).isFalse();
    guard.enter();
    pass(40, 40);
    pass(40, 40);
    assertThat(exit()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    // ms by the clock since the interrupt, ms of CPU time, whether the call counts as stuck
    "199,   199, false",
    "5000,  199, false",
    "5000,  200, true",
    "20000, 0,   true",
  })
  void stuck_callRunningAfterInterrupt_isTrue(long clock, long processor, boolean stuck) {
    guard.enter();
    pass(0, 0);
    pass(60, 60);
    pass(clock, processor);
    assertThat(guard.stuck(now, Duration.ofMillis(200))).isEqualTo(stuck);
    assertThat(exit()).isTrue();
    assertThat(guard.stuck(now, Duration.ZERO)).isFalse();
  }
}
