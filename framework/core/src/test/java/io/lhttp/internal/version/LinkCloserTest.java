package io.lhttp.internal.version;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.lhttp.Metric;
import io.lhttp.fixture.CapturedLog;
import io.lhttp.internal.measure.LinkMetrics;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A link that does not return, from its close or with its metrics, delays no other. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LinkCloserTest {
  private static final Duration MOMENT = Duration.ofMillis(20);
  private static final Duration LONG = Duration.ofSeconds(30);

  private final CountDownLatch release = new CountDownLatch(1);

  @Test
  void close_stuckLink_isNamedAndOthersClose() {
    var closed = new AtomicInteger();
    var hangs = new HangWatch();
    try (var log = new CapturedLog(HangWatch.class).from(Level.INFO)) {
      var closer = new LinkCloser(hangs, link -> {});
      closer.close(
          List.of(
              instance("stuck", this::waitWhateverComes),
              instance("fine", closed::incrementAndGet)),
          MOMENT,
          Duration.ZERO);

      holds("the other link closes", () -> closed.get() == 1);
      holds("the hanging one is named", () -> !log.messages().isEmpty());
      assertThat(log.messages())
          .singleElement()
          .asString()
          .contains("a link hangs in close() and is left behind filter=stuck class=")
          .containsPattern("since=20\\S+Z at=io\\.lhttp\\.internal\\.version\\.LinkCloserTest\\.");
      assertThat(hangs.inWords())
          .singleElement()
          .asString()
          .startsWith("filter 'stuck' in close() since 20");
      holds("nothing else closes", () -> closer.running() == 0);

      release.countDown();
      holds("it is no longer listed", () -> hangs.inWords().isEmpty());
      holds(
          "its end is logged",
          () -> log.messages().getLast().startsWith("a link that hung has returned from close()"));
    } finally {
      release.countDown();
    }
  }

  @Test
  void close_withinItsTime_isCountedAsRunning() {
    var closer = new LinkCloser(new HangWatch(), link -> {});
    closer.close(
        List.of(instance("slow", this::waitWhateverComes)), Duration.ofMinutes(1), Duration.ZERO);

    assertThat(closer.running()).isEqualTo(1);

    release.countDown();
    holds("it is closed", () -> closer.running() == 0);
  }

  @Test
  void hangingClose_isInterrupted() {
    var interrupted = new AtomicInteger();
    new LinkCloser(new HangWatch(), link -> {})
        .close(
            List.of(
                instance(
                    "sleeper",
                    () -> {
                      try {
                        var _ = release.await(1, TimeUnit.MINUTES);
                      } catch (InterruptedException _) {
                        interrupted.incrementAndGet();
                      }
                    })),
            MOMENT,
            Duration.ZERO);

    holds("it is interrupted", () -> interrupted.get() == 1);
  }

  @Test
  void close_interruptedCaller_stillWaits() {
    var closed = new AtomicInteger();
    Thread.currentThread().interrupt();

    new LinkCloser(new HangWatch(), link -> {})
        .close(List.of(instance("fine", closed::incrementAndGet)), LONG, LONG);

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

  private static void holds(String what, BooleanSupplier condition) {
    var end = System.nanoTime() + LONG.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(end);
      LockSupport.parkNanos(1_000_000);
    }
  }

  private void waitWhateverComes() {
    while (release.getCount() > 0) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  private static Instance instance(String name, Runnable close) {
    AutoCloseable closeable = close::run;
    return new Instance("filter", name, "1", closeable, false);
  }
}
