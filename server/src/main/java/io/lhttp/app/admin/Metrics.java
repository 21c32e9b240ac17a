package io.lhttp.app.admin;

import com.sun.management.OperatingSystemMXBean;
import io.lhttp.chain.Latency;
import io.lhttp.chain.RecentTimes;
import io.lhttp.server.ServerStatistics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The page {@code /metrics}. Micrometer reads the JVM's metrics; each request takes one snapshot of
 * the server's. The {@link AdminServer} owns it; all threads may use it.
 */
final class Metrics implements AutoCloseable {
  /** The exponent of the first bucket's upper bound: 2^10 ns, about 1 µs. */
  private static final int LEAST = 10;

  /** The exponent of the last finite bucket's upper bound: 2^34 ns, about 17 s. */
  private static final int MOST = 34;

  /**
   * Metrics of Micrometer whose names break Prometheus' rules; {@link #processors} replaces them.
   */
  private static final Set<String> BADLY_NAMED = Set.of("process.cpu.time", "system.cpu.count");

  private final OperatedServer operated;
  private final RecentTimes recent;
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics collections = new JvmGcMetrics();

  Metrics(OperatedServer operated, RecentTimes recent) {
    this.operated = operated;
    this.recent = recent;
    registry.config().meterFilter(MeterFilter.deny(id -> BADLY_NAMED.contains(id.getName())));
    new JvmMemoryMetrics().bindTo(registry);
    collections.bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    registry.getPrometheusRegistry().register(this::collect);
  }

  /** Returns all metrics in Prometheus' text format, version 0.0.4. */
  String scrape() {
    return registry.scrape();
  }

  @Override
  public void close() {
    collections.close();
    registry.close();
  }

  private MetricSnapshots collect() {
    var server = operated.statistics();
    var all =
        new ArrayList<MetricSnapshot>(
            MetricFamily.of(OperatedMetrics.of(operated, server, recent)));
    if (!server.links().isEmpty()) {
      all.add(times(server));
    }
    processors(all);
    return new MetricSnapshots(all);
  }

  private static void processors(List<MetricSnapshot> to) {
    to.add(
        GaugeSnapshot.builder()
            .name("system_cpus")
            .help("Processors that the JVM may use.")
            .dataPoint(
                GaugeDataPointSnapshot.builder()
                    .value(Runtime.getRuntime().availableProcessors())
                    .build())
            .build());
    if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
      to.add(
          CounterSnapshot.builder()
              .name("process_cpu_seconds")
              .help("CPU time that this process has used.")
              .dataPoint(
                  CounterDataPointSnapshot.builder()
                      .value(Math.max(0, system.getProcessCpuTime()) / 1e9)
                      .build())
              .build());
    }
  }

  private static HistogramSnapshot times(ServerStatistics server) {
    var histogram =
        HistogramSnapshot.builder()
            .name(MetricFamily.named("link_seconds"))
            .help("The link's own time per message, without that of the links behind it.");
    for (var link : server.links()) {
      histogram.dataPoint(
          HistogramDataPointSnapshot.builder()
              .labels(Labels.of("kind", link.kind().label(), "link", link.name()))
              .classicHistogramBuckets(buckets(link.time()))
              .sum(link.time().sumNanos() / 1e9)
              .build());
    }
    return histogram.build();
  }

  private static ClassicHistogramBuckets buckets(Latency time) {
    var buckets = ClassicHistogramBuckets.builder();
    var below = 0L;
    for (var power = LEAST; power <= MOST; power++) {
      var bound = 1L << power;
      var upTo = time.below(bound);
      buckets.bucket(bound / 1e9, upTo - below);
      below = upTo;
    }
    return buckets.bucket(Double.POSITIVE_INFINITY, time.count() - below).build();
  }
}
