package io.lhttp.client.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The timer runs tasks while the common pool is blocked. */
class SystemTimerTest {
  @Test
  void timer_blockedCommonPool_stillFires() throws InterruptedException {
    var pool = ForkJoinPool.commonPool();
    var blocked = new CountDownLatch(pool.getParallelism());
    var release = new CountDownLatch(1);
    for (var i = 0; i < pool.getParallelism(); i++) {
      pool.execute(() -> {
        blocked.countDown();
        try {
          release.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      });
    }
    try {
      assertThat(blocked.await(30, TimeUnit.SECONDS)).isTrue();
      var done = new CountDownLatch(1);

      Timer.SYSTEM.after(Duration.ofMillis(1), done::countDown);

      assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
    } finally {
      release.countDown();
    }
  }

  @Test
  void cancelledTask_doesNotRun() throws InterruptedException {
    var ran = new CountDownLatch(1);
    var after = new CountDownLatch(1);
    Timer.SYSTEM.after(Duration.ofMillis(50), ran::countDown).cancel();

    Timer.SYSTEM.after(Duration.ofMillis(50), after::countDown);

    assertThat(after.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(ran.getCount()).isEqualTo(1);
  }
}
