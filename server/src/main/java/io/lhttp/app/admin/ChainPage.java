package io.lhttp.app.admin;

import io.lhttp.app.reload.ProbationState;
import io.lhttp.chain.ClientCounts;
import io.lhttp.chain.Latency;
import io.lhttp.chain.LinkStatistics;
import io.lhttp.chain.LinkStatistics.Kind;
import io.lhttp.chain.LinkStatistics.Refusals;
import io.lhttp.chain.LinkStatistics.Refused;
import io.lhttp.chain.RecentTimes;
import io.lhttp.internal.text.Json;
import io.lhttp.internal.text.JsonObject;
import io.lhttp.server.ServerStatistics;
import java.util.List;
import java.util.Map;

/**
 * The page {@code /chain}: the running chain with latencies and recently refused clients, as JSON.
 */
final class ChainPage {
  private final OperatedServer operated;
  private final RecentTimes recent;

  ChainPage(OperatedServer operated, RecentTimes recent) {
    this.operated = operated;
    this.recent = recent;
  }

  String json() {
    var server = operated.statistics();
    return Json.page(to -> {
      to.number("generation", server.generation())
          .number("generationsAlive", server.generations())
          .flag("draining", server.draining())
          .number("connections", server.connections())
          .text("scripts", operated.scripts())
          .object("broker", this::broker);
      operated.probation().ifPresent(state -> to.object("probation", p -> probation(p, state)));
      to.texts("reloadsThatHang", operated.reloadsLeftBehind());
      to.texts("linksThatHang", operated.hangingLinks());
      links(to, "filters", server, Kind.FILTER, operated.filterOptions());
      links(to, "processors", server, Kind.PROCESSOR, operated.processorOptions());
      links(to, "whole", server, Kind.CHAIN, Map.of());
    });
  }

  private void broker(JsonObject to) {
    to.text("kind", operated.broker()).flag("connected", operated.brokerConnected());
  }

  private static void probation(JsonObject to, ProbationState state) {
    to.number("generation", state.generation())
        .text("outcome", state.outcome().word())
        .number("secondsLeft", state.left().toSeconds())
        .number("running", state.running())
        .object("clients", clients -> clientCounts(clients, state.now()))
        .object("clientsBefore", clients -> clientCounts(clients, state.before()));
  }

  private static void clientCounts(JsonObject to, ClientCounts counts) {
    to.number("served", counts.clients()).number("failed", counts.failed());
  }

  private void links(
      JsonObject to,
      String name,
      ServerStatistics server,
      Kind kind,
      Map<String, List<String>> options) {
    var links = server.links().stream().filter(link -> link.kind() == kind).toList();
    to.objects(
        name,
        links,
        (object, link) -> link(object, link, options.getOrDefault(link.name(), List.of())));
  }

  private void link(JsonObject to, LinkStatistics link, List<String> options) {
    to.text("name", link.name());
    if (link.kind() == Kind.FILTER) {
      to.text("filter", operated.filters().getOrDefault(link.name(), link.name()));
    }
    if (link.kind() != Kind.CHAIN) {
      to.texts("options", options);
    }
    to.number("messages", link.messages())
        .number("failures", link.failures())
        .objects("refusals", link.refusals(), ChainPage::refusals);
    if (link.kind() != Kind.CHAIN) {
      to.objects("lastRefused", link.recent(), ChainPage::refused);
    }
    to.object("lastMinuteMicros", times -> times(times, recent.of(link)));
  }

  private static void refusals(JsonObject to, Refusals refusals) {
    to.number("status", refusals.status())
        .text("command", refusals.command())
        .number("count", refusals.count());
  }

  private static void refused(JsonObject to, Refused refused) {
    to.text("user", refused.user())
        .text("address", refused.address())
        .text("connection", refused.connection())
        .text("command", refused.command())
        .number("status", refused.status())
        .text("reason", refused.reason())
        .number("times", refused.times())
        .text("last", refused.last().toString());
  }

  private static void times(JsonObject to, Latency time) {
    to.number("p50", time.nanos(0.5) / 1e3)
        .number("p99", time.nanos(0.99) / 1e3)
        .number("p999", time.nanos(0.999) / 1e3);
  }
}
