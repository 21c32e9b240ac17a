package io.lhttp.app.tracing;

import io.lhttp.Metric;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.net.ConnectException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The spans that wait for their export, and the thread that exports them. A span that finds the
 * queue full is dropped and counted, so no caller waits. If the collector is away, one line says
 * so, and another once it takes spans again.
 */
final class SpanQueue implements SpanProcessor {
  private static final Logger log = LoggerFactory.getLogger(SpanQueue.class);

  /** The exporter logs each failure with a stack trace; this class logs the first one alone. */
  private static final java.util.logging.Logger EXPORTER =
      java.util.logging.Logger.getLogger("io.opentelemetry.exporter");

  private static final Duration CLOSE_TIME = Duration.ofSeconds(3);

  private final SpanExporter exporter;
  private final URI endpoint;
  private final BlockingQueue<ReadableSpan> waiting;
  private final int batch;
  private final Duration delay;
  private final Duration timeout;
  private final Thread thread;
  private final LongAdder exported = new LongAdder();
  private final LongAdder overflowed = new LongAdder();
  private final LongAdder lost = new LongAdder();
  private volatile boolean closed;

  /** Whether the last export has failed. Confined to the thread. */
  private boolean failing;

  SpanQueue(
      SpanExporter exporter,
      URI endpoint,
      int capacity,
      int batch,
      Duration delay,
      Duration timeout) {
    this.exporter = exporter;
    this.endpoint = endpoint;
    this.waiting = new ArrayBlockingQueue<>(capacity);
    this.batch = batch;
    this.delay = delay;
    this.timeout = timeout;
    this.thread = Thread.ofPlatform().daemon().name("lhttp-spans").unstarted(this::run);
  }

  static SpanQueue start(SpanExporter exporter, URI endpoint, OtelVariables variables) {
    EXPORTER.setLevel(Level.OFF);
    var queue =
        new SpanQueue(
            exporter,
            endpoint,
            variables.queue(),
            variables.batch(),
            variables.delay(),
            variables.timeout());
    queue.start();
    return queue;
  }

  void start() {
    thread.start();
  }

  /** The URL as logs may show it: without a query, which may have a secret. */
  static String shown(URI endpoint) {
    var text = endpoint.toString();
    var query = text.indexOf('?');
    return query < 0 ? text : text.substring(0, query);
  }

  @Override
  public void onStart(Context parent, ReadWriteSpan span) {}

  @Override
  public boolean isStartRequired() {
    return false;
  }

  @Override
  public void onEnd(ReadableSpan span) {
    if (closed || !waiting.offer(span)) {
      overflowed.increment();
    } else if (waiting.size() == batch) {
      LockSupport.unpark(thread);
    }
  }

  @Override
  public boolean isEndRequired() {
    return true;
  }

  List<Metric> metrics() {
    var dropped = "Recorded spans that were not exported, by reason.";
    return List.of(
        Metric.counter("spans_exported", "Spans that the collector has taken.", exported.sum()),
        Metric.counter("spans_dropped", dropped, overflowed.sum()).with("reason", "queue full"),
        Metric.counter("spans_dropped", dropped, lost.sum()).with("reason", "collector"),
        Metric.gauge("spans_waiting", "Spans that wait for their export.", waiting.size()));
  }

  private void run() {
    var end = false;
    while (!end) {
      if (!closed && waiting.size() < batch) {
        LockSupport.parkNanos(delay.toNanos());
      }
      end = closed; // read before the queue is emptied
      exportAll();
    }
  }

  private void exportAll() {
    do {
      var spans = new ArrayList<ReadableSpan>(batch);
      waiting.drainTo(spans, batch);
      if (spans.isEmpty()) {
        return;
      }
      export(spans.stream().map(ReadableSpan::toSpanData).toList());
    } while (waiting.size() >= batch || closed);
  }

  private void export(List<SpanData> spans) {
    CompletableResultCode result;
    try {
      result = exporter.export(spans).join(timeout.toMillis() + 1_000, TimeUnit.MILLISECONDS);
    } catch (RuntimeException e) {
      result = CompletableResultCode.ofExceptionalFailure(e);
    }
    if (result.isSuccess()) {
      exported.add(spans.size());
      if (failing) {
        log.info("the collector takes spans again");
      }
    } else {
      lost.add(spans.size());
      if (!failing) {
        log.warn(
            "the collector {} takes no spans: {}; further failures only count in"
                + " lhttp_spans_dropped_total",
            shown(endpoint),
            reason(result));
      }
    }
    failing = !result.isSuccess();
  }

  private static String reason(CompletableResultCode result) {
    var thrown = result.getFailureThrowable();
    if (thrown == null) {
      return result.isDone() ? "it refused them" : "no answer in time";
    }
    for (var cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof ConnectException && cause.getMessage() == null) {
        return "connection refused"; // the JDK's client gives no text
      }
    }
    for (var cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause.getMessage() != null) {
        return cause.getMessage();
      }
    }
    return thrown.getClass().getSimpleName();
  }

  /**
   * Exports the waiting spans, then stops the thread; returns after three seconds at the latest.
   */
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    try {
      thread.join(CLOSE_TIME);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    exporter.shutdown();
  }

  @Override
  public CompletableResultCode shutdown() {
    return CompletableResultCode.ofSuccess();
  }
}
