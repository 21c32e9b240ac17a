package io.lhttp.app.admin;

import io.lhttp.Metric;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;

/**
 * All metrics of one name. The first one decides the kind and the label names. Metrics with other
 * ones are left out, so that one filter's mistake can't break the whole page.
 */
final class MetricFamily {
  private static final String PREFIX = "lhttp_";

  private final Metric first;
  private final LinkedHashMap<List<String>, Metric> members = new LinkedHashMap<>();

  private MetricFamily(Metric first) {
    this.first = first;
  }

  /** Groups metrics by name, in the order of their first members. */
  static List<MetricSnapshot> of(Collection<Metric> metrics) {
    var families = new LinkedHashMap<String, MetricFamily>();
    for (var metric : metrics) {
      families.computeIfAbsent(metric.name(), name -> new MetricFamily(metric)).add(metric);
    }
    return families.values().stream().map(MetricFamily::snapshot).toList();
  }

  static String named(String name) {
    return PREFIX + name;
  }

  static Labels labels(Metric metric) {
    return Labels.of(List.copyOf(metric.labels().keySet()), List.copyOf(metric.labels().values()));
  }

  private void add(Metric metric) {
    if (metric.kind() == first.kind() && metric.labels().keySet().equals(first.labels().keySet())) {
      members.putIfAbsent(new ArrayList<>(metric.labels().values()), metric);
    }
  }

  private MetricSnapshot snapshot() {
    return switch (first.kind()) {
      case COUNTER -> {
        var counter = CounterSnapshot.builder().name(named(first.name())).help(first.help());
        members
            .values()
            .forEach(m ->
                counter.dataPoint(
                    CounterDataPointSnapshot.builder()
                        .labels(labels(m))
                        .value(Math.max(0, m.value()))
                        .build()));
        yield counter.build();
      }
      case GAUGE -> {
        var gauge = GaugeSnapshot.builder().name(named(first.name())).help(first.help());
        members
            .values()
            .forEach(m ->
                gauge.dataPoint(
                    GaugeDataPointSnapshot.builder().labels(labels(m)).value(m.value()).build()));
        yield gauge.build();
      }
    };
  }
}
