package io.lhttp.spring.metrics;

import static io.lhttp.Metric.gauge;

import io.lhttp.Metric;
import io.lhttp.chain.Latency;
import io.lhttp.chain.RecentTimes;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.ServerMetrics;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An immutable snapshot of a server's figures.
 *
 * @param takenAt nanoseconds of the clock that limits how often figures are read
 * @param metrics the figures, in their order
 * @param times the times of the links since the start
 */
record Figures(long takenAt, Map<Series, Metric> metrics, Map<Series, Latency> times) {
  private static final String PREFIX = "lhttp.";

  /** The name of the links' times; Prometheus shows {@code lhttp_link_seconds}. */
  private static final String LINK = PREFIX + "link";

  /** The name and the tags of a meter. */
  record Series(String name, Tags tags) {
    static Series of(Metric metric) {
      var tags = Tags.empty();
      for (var label : metric.labels().entrySet()) {
        tags = tags.and(label.getKey(), label.getValue());
      }
      return new Series(PREFIX + metric.name().replace('_', '.'), tags);
    }
  }

  static Figures none(long now) {
    return new Figures(now, Map.of(), Map.of());
  }

  static Figures of(LhttpServer server, RecentTimes recent, long now) {
    var statistics = server.statistics();
    var all = new ArrayList<>(ServerMetrics.ofServer(statistics));
    all.add(gauge("ready", "1 while /readyz answers 200.", server.unready().isEmpty() ? 1 : 0));
    all.addAll(ServerMetrics.ofLinks(statistics, recent));
    var metrics = new LinkedHashMap<Series, Metric>();
    all.forEach(metric -> metrics.putIfAbsent(Series.of(metric), metric));
    var times = new LinkedHashMap<Series, Latency>();
    for (var link : statistics.links()) {
      times.put(
          new Series(LINK, Tags.of("kind", link.kind().label(), "link", link.name())), link.time());
    }
    return new Figures(now, metrics, times);
  }
}
