package io.lhttp.app.admin;

import static java.util.Map.entry;

import io.lhttp.Metric;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The names that metrics had in version 0.1. {@code /metrics} shows each of these metrics under
 * both names, so that queries and alerts survive the upgrade; the next version removes this class.
 */
final class DeprecatedMetrics {
  /** The old names of metrics by their new names, without prefix and suffix. */
  private static final Map<String, String> OLD_NAMES =
      Map.ofEntries(
          entry("outbound_queue_bytes", "send_queue_bytes"),
          entry("memory_read_pauses", "memory_pauses"),
          entry("memory_connections_closed", "memory_closed"),
          entry("generations_open", "generations_alive"),
          entry("script_runtime", "scripts"),
          entry("script_timeouts", "script_late"),
          entry("script_refusals", "script_refused"),
          entry("auth_refusals", "auth_refused"),
          entry("auth_subscriptions_revoked", "auth_revoked"),
          entry("events_failed", "events_given_up"),
          entry("events_retries", "events_repeated"),
          entry("nats_publish_failures", "nats_unsent"),
          entry("nats_publications_lost", "nats_missed"),
          entry("nats_unsupported_version", "nats_newer"),
          entry("history_evictions", "history_shrunk"),
          entry("history_streams_recreated", "history_anew"),
          entry("presence_channels_pending", "presence_waiting"),
          entry("presence_members_named", "presence_names"),
          entry("presence_members_unnamed", "presence_nameless"),
          entry("presence_members_without_grace", "presence_graceless"),
          entry("presence_publish_failures", "presence_unsent"),
          entry("presence_unsupported_version", "presence_newer"));

  /** The old values of the label {@code reason} by the new values. */
  private static final Map<String, String> OLD_REASONS =
      Map.of("header", "head", "not-yet-valid", "early", "keys-unavailable", "no-keys");

  private DeprecatedMetrics() {}

  /** Returns {@code metrics}, followed by those that have an old name, under that name. */
  static List<Metric> with(List<Metric> metrics) {
    var all = new ArrayList<>(metrics);
    metrics.stream().flatMap(DeprecatedMetrics::alias).forEach(all::add);
    return all;
  }

  private static Stream<Metric> alias(Metric metric) {
    var old = OLD_NAMES.get(metric.name());
    if (old == null) {
      return Stream.of();
    }
    var labels = new LinkedHashMap<>(metric.labels());
    if (metric.name().equals("auth_refusals")) {
      labels.computeIfPresent("reason", (label, now) -> OLD_REASONS.getOrDefault(now, now));
    }
    var suffix = metric.kind() == Metric.Kind.COUNTER ? "_total" : "";
    var help = "Deprecated, replaced by " + MetricFamily.named(metric.name()) + suffix + ".";
    return Stream.of(new Metric(metric.kind(), old, help, labels, metric.value()));
  }
}
