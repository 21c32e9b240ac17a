package io.lhttp.app.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.fixture.CapturedLog;
import io.lhttp.testing.Eventually;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.net.ConnectException;
import java.net.URI;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * The queue of spans never waits, counts what it drops, and tells of a collector that is away once.
 */
class SpanQueueTest {
  private static final URI ENDPOINT = URI.create("http://collector:4318/v1/traces?key=secret");

  /** Takes spans, fails, or hangs. */
  private static final class Exporter implements SpanExporter {
    final AtomicInteger taken = new AtomicInteger();
    final AtomicInteger calls = new AtomicInteger();
    final CountDownLatch called = new CountDownLatch(1);
    volatile boolean away;
    volatile boolean hangs;

    @Override
    public CompletableResultCode export(Collection<SpanData> spans) {
      calls.incrementAndGet();
      called.countDown();
      if (hangs) {
        return new CompletableResultCode();
      }
      if (away) {
        return CompletableResultCode.ofExceptionalFailure(
            new IllegalStateException(new ConnectException()));
      }
      taken.addAndGet(spans.size());
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode flush() {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode shutdown() {
      return CompletableResultCode.ofSuccess();
    }
  }

  private final Exporter exporter = new Exporter();

  @Test
  void spans_beyondCapacity_areDroppedAndCounted() throws Exception {
    exporter.hangs = true;
    var queue = queue(4, 2, Duration.ofMillis(1), Duration.ofMinutes(1));
    queue.start();
    try (var provider = SdkTracerProvider.builder().addSpanProcessor(queue).build()) {
      end(provider, 1);
      exporter.called.await(); // the thread of the queue waits for the collector from now on
      end(provider, 10);

      assertThat(metric(queue, "spans_dropped")).isGreaterThanOrEqualTo(6);
      assertThat(metric(queue, "spans_waiting")).isEqualTo(4);
    }
  }

  @Test
  void collector_thatIsAway_isLoggedOnceAndOnceItIsBack() {
    var queue = queue(100, 10, Duration.ofMillis(1), Duration.ofMinutes(1));
    queue.start();
    try (var log = new CapturedLog(SpanQueue.class);
        var provider = SdkTracerProvider.builder().addSpanProcessor(queue).build()) {
      exporter.away = true;
      for (var i = 1; i <= 3; i++) {
        end(provider, 1);
        var lost = i;
        Eventually.holds("the span is lost", () -> metric(queue, "spans_dropped") == lost);
      }
      exporter.away = false;
      end(provider, 1);
      Eventually.holds("the span is exported", () -> metric(queue, "spans_exported") == 1);
      Eventually.holds("the log is written", () -> log.messages().size() == 2);

      assertThat(log.messages().get(0))
          .isEqualTo(
              "the collector http://collector:4318/v1/traces takes no spans: connection refused;"
                  + " further failures only count in lhttp_spans_dropped_total");
      assertThat(log.messages().get(1)).isEqualTo("the collector takes spans again");
      queue.close();
    }
  }

  @Test
  void close_exportsTheWaitingSpans() {
    var queue = queue(100, 10, Duration.ofHours(1), Duration.ofMinutes(1));
    queue.start();
    try (var provider = SdkTracerProvider.builder().addSpanProcessor(queue).build()) {
      end(provider, 3);
      queue.close();

      assertThat(exporter.taken).hasValue(3);
      end(provider, 1);
      assertThat(metric(queue, "spans_dropped")).isEqualTo(1);
    }
  }

  private SpanQueue queue(int capacity, int batch, Duration delay, Duration timeout) {
    return new SpanQueue(exporter, ENDPOINT, capacity, batch, delay, timeout);
  }

  private static void end(SdkTracerProvider provider, int count) {
    for (var i = 0; i < count; i++) {
      provider.get("test").spanBuilder("span").startSpan().end();
    }
  }

  private static int metric(SpanQueue queue, String name) {
    return (int)
        queue.metrics().stream()
            .filter(metric -> metric.name().equals(name))
            .mapToDouble(metric -> metric.value())
            .sum();
  }
}
