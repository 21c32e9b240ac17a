package io.lhttp.spring.metrics;

import io.lhttp.Metric;
import io.lhttp.chain.Latency;
import io.lhttp.chain.RecentTimes;
import io.lhttp.spring.LhttpServerLifecycle;
import io.lhttp.spring.metrics.Figures.Series;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * The server's metrics in the application's registries. A thread of its own looks every ten seconds
 * for new ones, such as the first refusal of a link. All threads may read the meters.
 */
final class ServerMeters implements MeterBinder, SmartLifecycle {
  private static final Logger log = LoggerFactory.getLogger(ServerMeters.class);

  /** The age at which figures are read again; one scrape then reads them once. */
  private static final Duration FRESH = Duration.ofSeconds(1);

  private final LhttpServerLifecycle lifecycle;
  private final LongSupplier nanoTime;
  private final RecentTimes recent = new RecentTimes();
  private final List<MeterRegistry> registries = new CopyOnWriteArrayList<>();

  // Guarded by this object's lock.
  private final Map<MeterRegistry, Map<Series, Meter>> registered = new HashMap<>();
  private Figures figures;
  private @Nullable ScheduledExecutorService thread;

  ServerMeters(LhttpServerLifecycle lifecycle, LongSupplier nanoTime) {
    this.lifecycle = lifecycle;
    this.nanoTime = nanoTime;
    this.figures = Figures.none(nanoTime.getAsLong());
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    registries.add(registry);
    if (isRunning()) {
      refresh();
    }
  }

  @Override
  public synchronized void start() {
    if (thread != null) {
      return;
    }
    refresh();
    thread =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("lhttp-metrics").factory());
    var step = RecentTimes.STEP.toMillis();
    var unused = thread.scheduleWithFixedDelay(this::step, step, step, TimeUnit.MILLISECONDS);
  }

  @Override
  public synchronized void stop() {
    if (thread != null) {
      thread.shutdownNow();
      thread = null;
    }
  }

  @Override
  public synchronized boolean isRunning() {
    return thread != null;
  }

  /** Registers new series, and removes those that the server has no more. */
  synchronized void refresh() {
    figures = read();
    for (var registry : registries) {
      var meters = registered.computeIfAbsent(registry, key -> new HashMap<>());
      figures
          .metrics()
          .forEach((series, metric) ->
              meters.computeIfAbsent(series, key -> register(registry, series, metric)));
      figures
          .times()
          .keySet()
          .forEach(series -> meters.computeIfAbsent(series, key -> timer(registry, series)));
      meters.entrySet().removeIf(entry -> isGone(entry.getKey(), registry, entry.getValue()));
    }
  }

  private void step() {
    if (registries.isEmpty()) {
      return;
    }
    try {
      lifecycle.find().ifPresent(server -> recent.record(server.statistics().links()));
      refresh();
    } catch (RuntimeException failed) {
      log.warn("failed to read the metrics of the server", failed);
    }
  }

  private boolean isGone(Series series, MeterRegistry registry, Meter meter) {
    if (figures.metrics().containsKey(series) || figures.times().containsKey(series)) {
      return false;
    }
    var unused = registry.remove(meter);
    return true;
  }

  private Meter register(MeterRegistry registry, Series series, Metric metric) {
    return switch (metric.kind()) {
      case COUNTER ->
          FunctionCounter.builder(series.name(), this, meters -> meters.value(series, 0))
              .tags(series.tags())
              .description(metric.help())
              .register(registry);
      case GAUGE ->
          Gauge.builder(series.name(), this, meters -> meters.value(series, Double.NaN))
              .tags(series.tags())
              .description(metric.help())
              .register(registry);
    };
  }

  private Meter timer(MeterRegistry registry, Series series) {
    return FunctionTimer.builder(
            series.name(),
            this,
            meters -> meters.time(series).count(),
            meters -> meters.time(series).sumNanos(),
            TimeUnit.NANOSECONDS)
        .tags(series.tags())
        .description("The link's own time per message, without that of the links behind it.")
        .register(registry);
  }

  private double value(Series series, double missing) {
    var metric = current().metrics().get(series);
    return metric == null ? missing : metric.value();
  }

  private Latency time(Series series) {
    return current().times().getOrDefault(series, Latency.NONE);
  }

  private synchronized Figures current() {
    if (nanoTime.getAsLong() - figures.takenAt() > FRESH.toNanos()) {
      figures = read();
    }
    return figures;
  }

  private Figures read() {
    var now = nanoTime.getAsLong();
    return lifecycle
        .find()
        .map(server -> Figures.of(server, recent, now))
        .orElseGet(() -> Figures.none(now));
  }
}
