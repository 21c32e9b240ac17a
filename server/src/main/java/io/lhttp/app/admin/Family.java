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
 * All measures of one name. The first one decides what the others have to be like; what is not is
 * left out, so that one careless filter can't take all metrics away.
 */
final class Family {
  private static final String PREFIX = "lhttp_";

  private final Metric first;
  private final LinkedHashMap<List<String>, Metric> members = new LinkedHashMap<>();

  private Family(Metric first) {
    this.first = first;
  }

  /** In the order of their first members. */
  static List<MetricSnapshot> of(Collection<Metric> metrics) {
    var families = new LinkedHashMap<String, Family>();
    for (var measure : metrics) {
      families.computeIfAbsent(measure.name(), name -> new Family(measure)).add(measure);
    }
    return families.values().stream().map(Family::snapshot).toList();
  }

  static String named(String name) {
    return PREFIX + name;
  }

  static Labels labels(Metric measure) {
    return Labels.of(
        List.copyOf(measure.labels().keySet()), List.copyOf(measure.labels().values()));
  }

  private void add(Metric measure) {
    if (measure.kind() == first.kind()
        && measure.labels().keySet().equals(first.labels().keySet())) {
      members.putIfAbsent(new ArrayList<>(measure.labels().values()), measure);
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
