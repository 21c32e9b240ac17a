package io.lhttp.app.reference;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The dashboard {@code docs/grafana.json}: rows of panels, one row for each concern. A panel's
 * description has the HELP texts of its metrics.
 */
final class Dashboard {
  private static final int HEIGHT = 8;
  private static final int WIDTH = 12;
  private static final String HERE = "{instance=~\"$instance\"";
  private static final ObjectMapper json = new ObjectMapper();

  /**
   * A line of a panel, or a line for each value of its labels.
   *
   * @param metric empty if the code has no such metric
   */
  private record Line(String metric, String expression, String legend) {
    Line as(String other) {
      return new Line(metric, expression, other);
    }
  }

  private record Panel(String title, String unit, List<Line> lines) {}

  private record Row(String title, List<Panel> panels) {}

  private Dashboard() {}

  /** Returns the dashboard as JSON. */
  static String text() throws JsonProcessingException {
    var dashboard = json.createObjectNode();
    dashboard.put("title", "LHTTP").put("uid", "lhttp");
    dashboard.putArray("tags").add("lhttp");
    dashboard.put("schemaVersion", 39).put("version", 1).put("editable", true);
    dashboard.put("refresh", "10s");
    dashboard.putObject("time").put("from", "now-30m").put("to", "now");
    variables(dashboard);
    var panels = dashboard.putArray("panels");
    var id = 1;
    var y = 0;
    for (var row : rows()) {
      panels.add(place(panel(id++, "row", row.title), 0, y, 2 * WIDTH, 1).put("collapsed", false));
      y++;
      for (var i = 0; i < row.panels.size(); i++) {
        var panel = graph(id++, row.panels.get(i));
        panels.add(place(panel, i % 2 * WIDTH, y + i / 2 * HEIGHT, WIDTH, HEIGHT));
      }
      y += (row.panels.size() + 1) / 2 * HEIGHT;
    }
    return json.writerWithDefaultPrettyPrinter().writeValueAsString(dashboard) + "\n";
  }

  /** Returns the names of the code's metrics that panels show. */
  static List<String> metrics() {
    return rows().stream()
        .flatMap(row -> row.panels.stream())
        .flatMap(panel -> panel.lines.stream())
        .map(Line::metric)
        .filter(metric -> !metric.isEmpty())
        .distinct()
        .toList();
  }

  private static List<Row> rows() {
    return List.of(
        row(
            "State",
            panel("Alerts that fire", "short", alerts()),
            panel(
                "Ready, draining, broker",
                "short",
                min("lhttp_ready", "instance"),
                max("lhttp_draining", "instance"),
                min("lhttp_broker_connected", "broker", "instance"))),
        row(
            "Messages and links",
            panel(
                "Messages per second, by link",
                "reqps",
                rate("lhttp_link_messages_total", "kind", "link").as("{{kind}} {{link}}")),
            panel(
                "Refusals per second: which link refuses what",
                "reqps",
                new Line(
                    "lhttp_link_refusals_total",
                    "sum by (link, status, command) (rate(lhttp_link_refusals_total"
                        + HERE
                        + ",kind!=\"chain\"}[$__rate_interval]))",
                    "{{link}} {{status}} {{command}}")),
            panel("Time per message of the whole chain", "s", quantile("0.5"), quantile("0.99")),
            panel(
                "Own time per message by link, p99 of the last minute",
                "s",
                new Line(
                    "lhttp_link_recent_seconds",
                    "max by (kind, link) (lhttp_link_recent_seconds"
                        + HERE
                        + ",percentile=\"99\"})",
                    "{{kind}} {{link}}")),
            panel(
                "Exceptions per second, by link",
                "reqps",
                rate("lhttp_link_failures_total", "kind", "link").as("{{kind}} {{link}}")),
            panel(
                "Code that makes others wait",
                "short",
                rate("lhttp_event_loop_stalls_total", "instance"),
                rate("lhttp_carrier_stalls_total", "instance"),
                sum("lhttp_exchanges_waiting_for_carrier", "instance"))),
        row(
            "Connections",
            panel("Open connections", "short", sum("lhttp_connections", "instance")),
            panel(
                "Connections per second",
                "reqps",
                rate("lhttp_connections_opened_total"),
                rate("lhttp_connections_rejected_total"),
                rate("lhttp_accept_failures_total"),
                rate("lhttp_messages_malformed_total")),
            panel(
                "Bytes that wait to be sent",
                "bytes",
                sum("lhttp_outbound_queue_bytes", "instance"),
                sum("lhttp_delivery_queue_bytes", "instance")),
            panel(
                "Slow clients",
                "reqps",
                rate("lhttp_slow_consumers_total"),
                rate("lhttp_deliveries_dropped_total"))),
        row(
            "Memory",
            panel(
                "Bytes of messages",
                "bytes",
                sum("lhttp_memory_used_bytes", "part", "instance"),
                sum("lhttp_memory_limit_bytes", "instance")),
            panel(
                "Bytes that connections keep",
                "bytes",
                sum("lhttp_connections_memory_used_bytes", "instance"),
                sum("lhttp_connections_memory_limit_bytes", "instance")),
            panel(
                "Short of memory, per second",
                "reqps",
                rate("lhttp_memory_read_pauses_total"),
                rate("lhttp_memory_refusals_total"),
                rate("lhttp_memory_connections_closed_total"))),
        row(
            "Channels and presence",
            panel("Channels with subscribers", "short", sum("lhttp_channels", "instance")),
            panel(
                "Members",
                "short",
                sum("lhttp_presence_members_named", "instance"),
                sum("lhttp_presence_channels", "instance"),
                sum("lhttp_presence_channels_pending", "instance"),
                sum("lhttp_presence_servers", "instance")),
            panel(
                "Members that others do not learn of, per second",
                "reqps",
                rate("lhttp_presence_publish_failures_total"),
                rate("lhttp_presence_unannounced_total"),
                rate("lhttp_presence_members_unnamed_total"),
                rate("lhttp_presence_members_without_grace_total")),
            panel(
                "Presence messages that are ignored, per second",
                "reqps",
                rate("lhttp_presence_malformed_total"),
                rate("lhttp_presence_unsupported_version_total"))),
        row(
            "NATS and histories",
            panel(
                "The connection to NATS",
                "short",
                min("lhttp_nats_connected", "instance"),
                sum("lhttp_nats_subscriptions", "instance"),
                min("lhttp_nats_peers", "instance")),
            panel(
                "Trouble with NATS, per second",
                "reqps",
                rate("lhttp_nats_errors_total"),
                rate("lhttp_nats_publish_failures_total"),
                rate("lhttp_nats_publications_lost_total"),
                rate("lhttp_nats_malformed_total"),
                rate("lhttp_nats_unsupported_version_total"),
                rate("lhttp_history_unacknowledged_total")),
            panel("Histories in memory: bytes", "bytes", sum("lhttp_history_bytes", "instance")),
            panel(
                "Histories in memory: channels",
                "short",
                sum("lhttp_history_channels", "instance"),
                rate("lhttp_history_fetches_total"),
                rate("lhttp_history_failed_fetches_total"),
                rate("lhttp_history_evictions_total"),
                rate("lhttp_history_streams_recreated_total"))),
        row(
            "Scripts",
            panel(
                "Slow scripts",
                "short",
                rate("lhttp_script_timeouts_total", "link"),
                rate("lhttp_script_refusals_total", "link"),
                max("lhttp_script_quarantine", "link")),
            panel(
                "Requests of fetch",
                "short",
                sum("lhttp_script_fetches_in_flight", "instance"),
                rate("lhttp_script_fetches_refused_total")),
            panel("Servers by runtime", "short", sum("lhttp_script_runtime", "runtime"))),
        row(
            "Filters",
            panel(
                "auth: tokens per second",
                "reqps",
                rate("lhttp_auth_accepted_total"),
                rate("lhttp_auth_refusals_total", "reason"),
                rate("lhttp_auth_subscriptions_revoked_total")),
            panel(
                "auth: the issuer's keys",
                "short",
                max("lhttp_auth_keys", "state"),
                rate("lhttp_auth_key_fetches_total", "result")),
            panel(
                "rate-limit: keys",
                "short",
                sum("lhttp_rate_limit_keys", "limit"),
                rate("lhttp_rate_limit_evictions_total", "limit")),
            panel(
                "quota: connections and subscriptions",
                "short",
                sum("lhttp_quota_connections", "tenant"),
                sum("lhttp_quota_subscriptions", "tenant"),
                sum("lhttp_quota_history_bytes", "tenant"),
                sum("lhttp_quota_tenants"),
                rate("lhttp_quota_refusals_total", "tenant", "quota")),
            panel(
                "upstream: requests per second",
                "reqps",
                rate("lhttp_upstream_requests_total", "upstream", "target", "result"),
                rate("lhttp_upstream_retries_total")),
            panel(
                "upstream: queues and availability",
                "short",
                sum("lhttp_upstream_in_flight", "upstream", "target"),
                sum("lhttp_upstream_waiting", "upstream", "target"),
                min("lhttp_upstream_available", "upstream", "target")),
            panel(
                "Revoked tokens and blocked users",
                "short",
                min("lhttp_revocations_known", "instance"),
                max("lhttp_revocations", "kind")),
            panel(
                "hooks",
                "short",
                rate("lhttp_hooks_asked_total", "hook", "result"),
                sum("lhttp_hooks_cached")),
            panel(
                "events",
                "short",
                rate("lhttp_events_delivered_total"),
                rate("lhttp_events_retries_total"),
                rate("lhttp_events_failed_total"),
                sum("lhttp_events_waiting")),
            panel(
                "events: occupied channels",
                "short",
                sum("lhttp_occupancy_channels", "instance"),
                sum("lhttp_occupancy_servers", "instance"),
                sum("lhttp_occupancy_waiting", "instance"),
                rate("lhttp_occupancy_untracked_total"),
                rate("lhttp_occupancy_publish_failures_total"),
                rate("lhttp_occupancy_malformed_total"))),
        row(
            "Reload",
            panel(
                "Generations",
                "short",
                max("lhttp_generation", "instance"),
                max("lhttp_generations_open", "instance"),
                max("lhttp_probation", "instance"),
                rate("lhttp_reloads_total", "result")),
            panel(
                "Replaced code that stays",
                "short",
                sum("lhttp_links_hanging", "instance"),
                sum("lhttp_reloads_hanging", "instance"),
                max("lhttp_class_loaders", "instance"),
                sum("lhttp_class_loaders_held", "by"),
                max("lhttp_closed_instances", "instance"),
                sum("lhttp_closed_instances_held", "by"))),
        row(
            "Process",
            panel(
                "Heap",
                "bytes",
                other(
                    "sum by (instance) (jvm_memory_used_bytes" + HERE + ",area=\"heap\"})", "used"),
                other(
                    "sum by (instance) (jvm_memory_max_bytes" + HERE + ",area=\"heap\"})",
                    "limit")),
            panel(
                "CPUs in use",
                "short",
                other("rate(process_cpu_seconds_total" + HERE + "}[$__rate_interval])", "used"),
                other("system_cpus" + HERE + "}", "of")),
            panel(
                "Pauses for garbage, in seconds per second",
                "s",
                other(
                    "sum by (instance) (rate(jvm_gc_pause_seconds_sum"
                        + HERE
                        + "}[$__rate_interval]))",
                    "paused")),
            panel(
                "Files, threads, log",
                "short",
                other("process_files_open_files" + HERE + "}", "open files"),
                other("jvm_threads_live_threads" + HERE + "}", "threads"),
                rate("lhttp_log_dropped_total", "instance")),
            panel(
                "Spans",
                "short",
                rate("lhttp_spans_exported_total", "instance"),
                rate("lhttp_spans_dropped_total", "instance", "reason"),
                sum("lhttp_spans_waiting", "instance")),
            panel(
                "Answers of the server API",
                "reqps",
                rate("lhttp_api_requests_total", "method", "status"))));
  }

  private static Row row(String title, Panel... panels) {
    return new Row(title, List.of(panels));
  }

  private static Panel panel(String title, String unit, Line... lines) {
    return new Panel(title, unit, List.of(lines));
  }

  private static Line alerts() {
    return new Line(
        "",
        "count by (alertname, severity) (ALERTS{alertname=~\"Lhttp.+\",alertstate=\"firing\"})",
        "{{severity}} {{alertname}}");
  }

  private static Line other(String expression, String legend) {
    return new Line("", expression, legend + " {{instance}}");
  }

  private static Line quantile(String share) {
    return new Line(
        "lhttp_link_seconds",
        "histogram_quantile("
            + share
            + ", sum by (le) (rate(lhttp_link_seconds_bucket"
            + HERE
            + ",kind=\"chain\"}[$__rate_interval])))",
        "p" + share.substring(2).replaceFirst("^5$", "50"));
  }

  private static Line rate(String metric, String... labels) {
    require(metric, "counter", labels);
    return line(metric, "sum", "rate(" + metric + HERE + "}[$__rate_interval])", labels);
  }

  private static Line sum(String metric, String... labels) {
    return gauge(metric, "sum", labels);
  }

  private static Line max(String metric, String... labels) {
    return gauge(metric, "max", labels);
  }

  private static Line min(String metric, String... labels) {
    return gauge(metric, "min", labels);
  }

  private static Line gauge(String metric, String function, String... labels) {
    require(metric, "gauge", labels);
    return line(metric, function, metric + HERE + "}", labels);
  }

  private static Line line(String metric, String function, String inner, String... labels) {
    var by = labels.length == 0 ? "" : " by (" + String.join(", ", labels) + ") ";
    var legend =
        Stream.concat(Stream.of(words(metric)), Stream.of(labels).map(label -> "{{" + label + "}}"))
            .collect(Collectors.joining(" "));
    return new Line(metric, function + by + "(" + inner + ")", legend);
  }

  /** Requires that a metric is of this kind and has these labels. */
  private static void require(String metric, String kind, String... labels) {
    var family = Objects.requireNonNull(family(metric), metric);
    var known = new LinkedHashSet<>(family.labels());
    known.addAll(Set.of("instance", "kind", "link")); // of the job, and of a filter's metrics
    if (!family.kind().equals(kind) || !known.containsAll(List.of(labels))) {
      throw new IllegalArgumentException(metric + " is a " + family.kind() + " with " + known);
    }
  }

  private static SourceMetrics.@Nullable Family family(String metric) {
    return MetricTable.all().stream()
        .filter(family -> family.name().equals(metric))
        .findFirst()
        .orElse(null);
  }

  private static String words(String metric) {
    return metric.replaceFirst("^lhttp_", "").replaceFirst("_total$", "").replace('_', ' ');
  }

  private static void variables(ObjectNode dashboard) {
    var list = dashboard.putObject("templating").putArray("list");
    list.addObject()
        .put("name", "source")
        .put("type", "datasource")
        .put("query", "prometheus")
        .put("label", "Source");
    var instance = list.addObject().put("name", "instance").put("type", "query");
    instance.put("label", "Server").put("query", "label_values(lhttp_generation, instance)");
    instance.put("includeAll", true).put("multi", true).put("allValue", ".*").put("refresh", 2);
    instance.set("datasource", source());
  }

  private static ObjectNode graph(int id, Panel of) {
    var panel = panel(id, "timeseries", of.title);
    panel.put("description", description(of));
    panel.set("datasource", source());
    var defaults = panel.putObject("fieldConfig").putObject("defaults").put("unit", of.unit);
    defaults.putObject("custom").put("fillOpacity", 8).put("showPoints", "never");
    var options = panel.putObject("options");
    var legend = options.putObject("legend").put("displayMode", "table");
    legend.put("placement", "bottom").putArray("calcs").add("lastNotNull").add("max");
    options.putObject("tooltip").put("mode", "multi").put("sort", "desc");
    var targets = panel.putArray("targets");
    for (var i = 0; i < of.lines.size(); i++) {
      var line = of.lines.get(i);
      targets
          .addObject()
          .put("refId", String.valueOf((char) ('A' + i)))
          .put("expr", line.expression)
          .put("legendFormat", line.legend)
          .set("datasource", source());
    }
    return panel;
  }

  private static String description(Panel panel) {
    var texts = new ArrayList<String>();
    for (var metric : panel.lines.stream().map(Line::metric).distinct().toList()) {
      var family = family(metric);
      if (family != null) {
        texts.add(words(metric) + ": " + family.help());
      }
    }
    return String.join("\n\n", texts);
  }

  private static ObjectNode panel(int id, String type, String title) {
    return json.createObjectNode().put("id", id).put("type", type).put("title", title);
  }

  private static ObjectNode place(ObjectNode panel, int x, int y, int w, int h) {
    panel.putObject("gridPos").put("h", h).put("w", w).put("x", x).put("y", y);
    return panel;
  }

  private static ObjectNode source() {
    return json.createObjectNode().put("type", "prometheus").put("uid", "${source}");
  }
}
