package io.lhttp.internal.version;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Metric;
import io.lhttp.fixture.CapturedLog;
import io.lhttp.internal.measure.LinkMetrics;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A link that does not return, from its close or with its metrics, delays no other. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ClosingTest {
  private final CountDownLatch release = new CountDownLatch(1);

  @Test
  void close_stuckLink_isNamedAndOthersClose() {
    var closed = new AtomicInteger();
    try (var log = new CapturedLog(Closing.class)) {
      new Closing(Duration.ofMillis(200))
          .close(
              List.of(
                  instance("stuck", this::waitWhateverComes),
                  instance("fine", closed::incrementAndGet)));

      assertThat(log.messages())
          .singleElement()
          .asString()
          .contains("thread=lhttp-close-stuck", "at=io.lhttp.internal.version.ClosingTest.");
    } finally {
      release.countDown();
    }
    assertThat(closed).hasValue(1);
  }

  @Test
  void close_interruptedCaller_stillWaits() {
    var closed = new AtomicInteger();
    Thread.currentThread().interrupt();

    new Closing(Duration.ofSeconds(30)).close(List.of(instance("fine", closed::incrementAndGet)));

    assertThat(closed).hasValue(1);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void metrics_slowLink_isLeftOutUntilItAnswers() throws Exception {
    var figures = List.of(Metric.gauge("things", "Things.", 3));
    var own =
        new LinkMetrics(
            "filter",
            "slow",
            () -> {
              waitWhateverComes();
              return figures;
            });
    try (var log = new CapturedLog(LinkMetrics.class)) {
      own.ask();
      assertThat(own.answer(System.nanoTime())).isEmpty();
      own.ask();
      assertThat(own.answer(System.nanoTime() + Duration.ofHours(1).toNanos()))
          .as("without waiting")
          .isEmpty();
      assertThat(log.messages()).singleElement().asString().contains("name=slow");
    }

    release.countDown();
    own.ask();
    var end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    var answer = own.answer(end);
    while (answer.isEmpty() && System.nanoTime() < end) {
      Thread.onSpinWait();
      answer = own.answer(end);
    }
    assertThat(answer).isEqualTo(figures);
  }

  private void waitWhateverComes() {
    while (release.getCount() > 0) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  private static Instance instance(String name, Runnable close) {
    AutoCloseable closeable = close::run;
    return new Instance("filter", name, "1", closeable);
  }
}
