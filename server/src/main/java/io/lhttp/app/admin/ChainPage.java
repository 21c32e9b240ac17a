package io.lhttp.app.admin;

import com.fasterxml.jackson.core.JsonGenerator;
import io.lhttp.chain.LinkStatistics;
import io.lhttp.chain.LinkStatistics.Kind;
import io.lhttp.chain.Tally;
import io.lhttp.server.ServerStatistics;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * The page {@code /chain}: the running chain with its refused clients and its latencies, as JSON.
 */
final class ChainPage {
  private final Operated operated;
  private final RecentTimes recent;

  ChainPage(Operated operated, RecentTimes recent) {
    this.operated = operated;
    this.recent = recent;
  }

  String json() {
    var server = operated.statistics();
    return Json.object(to -> {
      to.writeNumberField("generation", server.generation());
      to.writeNumberField("generationsAlive", server.generations());
      to.writeBooleanField("draining", server.draining());
      to.writeNumberField("connections", server.connections());
      to.writeStringField("scripts", operated.scripts());
      to.writeObjectFieldStart("broker");
      to.writeStringField("kind", operated.broker());
      to.writeBooleanField("connected", operated.brokerConnected());
      to.writeEndObject();
      reloads(to);
      links(to, "filters", server, Kind.FILTER, operated.filterOptions());
      links(to, "processors", server, Kind.PROCESSOR, operated.processorOptions());
      links(to, "whole", server, Kind.CHAIN, Map.of());
    });
  }

  private void reloads(JsonGenerator to) throws IOException {
    var probation = operated.probation();
    if (probation.isPresent()) {
      var state = probation.get();
      to.writeObjectFieldStart("probation");
      to.writeNumberField("generation", state.generation());
      to.writeStringField("outcome", state.outcome().word());
      to.writeNumberField("secondsLeft", state.left().toSeconds());
      to.writeNumberField("running", state.running());
      tally(to, "clients", state.now());
      tally(to, "clientsBefore", state.before());
      to.writeEndObject();
    }
    Json.texts(to, "reloadsThatHang", operated.reloadsLeftBehind());
  }

  private static void tally(JsonGenerator to, String name, Tally tally) throws IOException {
    to.writeObjectFieldStart(name);
    to.writeNumberField("served", tally.clients());
    to.writeNumberField("failed", tally.failed());
    to.writeEndObject();
  }

  private void links(
      JsonGenerator to,
      String name,
      ServerStatistics server,
      Kind kind,
      Map<String, List<String>> options)
      throws IOException {
    to.writeArrayFieldStart(name);
    for (var link : server.links()) {
      if (link.kind() == kind) {
        to.writeStartObject();
        link(to, link, options.getOrDefault(link.name(), List.of()));
        to.writeEndObject();
      }
    }
    to.writeEndArray();
  }

  private void link(JsonGenerator to, LinkStatistics link, List<String> options)
      throws IOException {
    to.writeStringField("name", link.name());
    if (link.kind() != Kind.CHAIN) {
      Json.texts(to, "options", options);
    }
    to.writeNumberField("messages", link.messages());
    to.writeNumberField("failures", link.failures());
    to.writeArrayFieldStart("refusals");
    for (var refusals : link.refusals()) {
      to.writeStartObject();
      to.writeNumberField("status", refusals.status());
      to.writeStringField("command", refusals.command());
      to.writeNumberField("count", refusals.count());
      to.writeEndObject();
    }
    to.writeEndArray();
    if (link.kind() != Kind.CHAIN) {
      recent(to, link);
    }
    var time = recent.of(link);
    to.writeObjectFieldStart("lastMinuteMicros");
    to.writeNumberField("p50", time.nanos(0.5) / 1e3);
    to.writeNumberField("p99", time.nanos(0.99) / 1e3);
    to.writeNumberField("p999", time.nanos(0.999) / 1e3);
    to.writeEndObject();
  }

  private static void recent(JsonGenerator to, LinkStatistics link) throws IOException {
    to.writeArrayFieldStart("lastRefused");
    for (var refused : link.recent()) {
      to.writeStartObject();
      to.writeStringField("user", refused.user());
      to.writeStringField("address", refused.address());
      to.writeStringField("connection", refused.connection());
      to.writeStringField("command", refused.command());
      to.writeNumberField("status", refused.status());
      to.writeStringField("reason", refused.reason());
      to.writeNumberField("times", refused.times());
      to.writeStringField("last", refused.last().toString());
      to.writeEndObject();
    }
    to.writeEndArray();
  }
}
