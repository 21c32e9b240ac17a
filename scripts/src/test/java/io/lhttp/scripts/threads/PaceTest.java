package io.lhttp.scripts.threads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A slow warm-up leaves the machine to live messages. */
class PaceTest {
  private static final Duration TIME = Duration.ofMillis(2_500);

  private final FakeMachine machine = new FakeMachine();
  private boolean wanted = true;
  private final Pace.Slow pace = new Pace.Slow(TIME, () -> wanted, machine);

  /** A machine whose time passes only by the test's work, pauses and waits. */
  private static final class FakeMachine implements Pace.Machine {
    private long now = -5_000_000_000L;
    private long cpuTime;
    private long longestWork;
    private long workSincePause;
    private long compilerBusy;
    private int looks;

    void work(long nanos) {
      now += nanos;
      cpuTime += nanos;
      workSincePause += nanos;
      longestWork = Math.max(longestWork, workSincePause);
    }

    @Override
    public long nanos() {
      return now;
    }

    @Override
    public void pause(long nanos) {
      now += nanos;
      workSincePause = 0;
    }

    @Override
    public long cpuTime(Thread thread) {
      return cpuTime;
    }

    @Override
    public boolean awaitCompiler(long end) {
      looks++;
      var wait = Math.max(0, Math.min(compilerBusy, end - now));
      now += wait;
      return compilerBusy > 0;
    }
  }

  /** Makes calls of this length until the pace ends them, and returns their number. */
  private int callUntilEnd(long nanos) throws InterruptedException {
    var calls = 0;
    while (pace.another()) {
      machine.work(nanos);
      calls++;
    }
    return calls;
  }

  @Test
  void calls_takeQuarterOfTime() throws InterruptedException {
    var began = machine.nanos();
    var _ = callUntilEnd(100_000);
    assertThat(machine.cpuTime).isBetween(2_500_000_000L, 2_502_000_000L);
    assertThat(machine.nanos() - began).isEqualTo(4 * machine.cpuTime);
    assertThat(machine.longestWork).isEqualTo(1_000_000);
  }

  @Test
  void longCall_isFollowedByPauseThreeTimesAsLong() throws InterruptedException {
    assertThat(pace.another()).isTrue();
    machine.work(40_000_000);
    var began = machine.nanos();
    assertThat(pace.another()).isTrue();
    assertThat(machine.nanos() - began).isEqualTo(120_000_000);
  }

  @Test
  void busyCompiler_isAwaitedAfterEachSlice() throws InterruptedException {
    machine.compilerBusy = 10_000_000;
    for (var i = 0; i < 5; i++) {
      machine.work(1_000_000);
      assertThat(pace.another()).isTrue();
    }
    assertThat(machine.looks).isEqualTo(5);
    assertThat(machine.nanos() + 5_000_000_000L).isEqualTo(5 * (4 + 10) * 1_000_000L);
  }

  @Test
  void busyCompiler_isAwaitedTwentySecondsAtMost() throws InterruptedException {
    machine.compilerBusy = Long.MAX_VALUE;
    var began = machine.nanos();
    var _ = callUntilEnd(1_000_000);
    assertThat(machine.nanos() - began)
        .isEqualTo(4 * machine.cpuTime + Duration.ofSeconds(20).toNanos());
    assertThat(machine.cpuTime).isEqualTo(TIME.toNanos());
  }

  @Test
  void unwantedWarmUp_endsAfterSlice() throws InterruptedException {
    assertThat(pace.another()).isTrue();
    wanted = false;
    machine.work(999_999);
    assertThat(pace.another()).as("within the slice").isTrue();
    machine.work(1);
    assertThat(pace.another()).isFalse();
    machine.compilerBusy = 1;
    assertThat(pace.awaitCompiler()).isFalse();
  }

  @Test
  void idleCompiler_endsWarmUp() throws InterruptedException {
    assertThat(pace.awaitCompiler()).isFalse();
    machine.compilerBusy = 1;
    assertThat(pace.awaitCompiler()).isTrue();
    machine.work(TIME.toNanos());
    assertThat(pace.awaitCompiler()).isFalse();
  }

  @Test
  void interruptedThread_throws() {
    machine.work(1_000_000);
    assertThatThrownBy(
            () -> {
              Thread.currentThread().interrupt();
              var _ = pace.another();
            })
        .isInstanceOf(InterruptedException.class);
  }
}
