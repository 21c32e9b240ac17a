package io.lhttp.app.admin;

import static io.lhttp.Metric.counter;
import static io.lhttp.Metric.gauge;

import io.lhttp.Metric;
import io.lhttp.app.reload.ProbationState;
import io.lhttp.chain.LinkStatistics;
import io.lhttp.server.ServerStatistics;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** What stands in {@code /metrics}, but for the histograms. */
final class ServerMetrics {
  private static final Map<String, Double> QUANTILES = Map.of("50", 0.5, "99", 0.99, "99.9", 0.999);

  private static final double NANOS = 1e9;

  /** What comes before the reason, as in "interpreted, because …". */
  private static final Pattern WORD = Pattern.compile("[,;:( ].*");

  private ServerMetrics() {}

  static List<Metric> of(Operated operated, ServerStatistics server, RecentTimes recent) {
    var all = new ArrayList<Metric>();
    server(server, all);
    reloads(operated, all);
    all.add(
        gauge("broker_connected", "1 while the broker takes what is published.", bit(operated))
            .with("broker", operated.broker()));
    all.add(
        gauge("scripts", "1; the label tells how scripts are run.", 1)
            .with("runtime", WORD.matcher(operated.scripts()).replaceFirst("")));
    server.links().forEach(link -> link(link, recent, all));
    all.addAll(server.metrics());
    all.addAll(operated.metrics());
    return all;
  }

  static Metric labelled(Metric measure, LinkStatistics link) {
    return measure.with("kind", link.kind().label()).with("link", link.name());
  }

  private static void server(ServerStatistics server, List<Metric> to) {
    to.add(gauge("connections", "WebSocket connections that are open.", server.connections()));
    to.add(counter("connections_opened", "WebSocket connections that began.", server.opened()));
    to.add(
        counter(
            "connections_rejected",
            "Sockets closed at once: a limit on connections.",
            server.rejected()));
    to.add(
        counter(
            "accept_failures",
            "How often no connection could be accepted: no descriptor was left, mostly.",
            server.acceptFailures()));
    to.add(counter("messages_malformed", "Messages that could not be read.", server.malformed()));
    to.add(
        counter(
            "slow_consumers", "Connections closed with 4413: too slow.", server.slowConsumers()));
    to.add(
        counter(
            "deliveries_dropped",
            "Deliveries that slow consumers or a busy event loop did not get.",
            server.dropped()));
    to.add(gauge("send_queue_bytes", "Bytes that wait for clients.", server.queuedBytes()));
    to.add(
        gauge("delivery_queue_bytes", "Bytes that wait for event loops.", server.deliveryBytes()));
    memory(server.memory(), to);
    to.add(gauge("channels", "Channels with subscribers here.", server.channels()));
    to.add(gauge("draining", "1 while no new connection is taken.", server.draining() ? 1 : 0));
    to.add(gauge("generation", "The chain's generation that runs.", server.generation()));
    to.add(
        gauge(
            "generations_alive",
            "Generations that are not closed: the one that runs, and older ones still in use.",
            server.generations()));
  }

  private static void memory(ServerStatistics.Memory memory, List<Metric> to) {
    to.add(gauge("memory_limit_bytes", "Bytes that may wait in the server.", memory.limit()));
    var help = "Bytes that wait in the server.";
    to.add(gauge("memory_used_bytes", help, memory.received()).with("part", "received"));
    to.add(gauge("memory_used_bytes", help, memory.exchanges()).with("part", "exchanges"));
    to.add(gauge("memory_used_bytes", help, memory.sending()).with("part", "sending"));
    to.add(
        counter(
            "memory_pauses",
            "Connections that were no longer read: they held too much.",
            memory.pauses()));
    to.add(
        counter(
            "memory_refusals",
            "Messages and handshakes refused with 503: memory was short.",
            memory.refusals()));
    to.add(
        counter(
            "memory_closed", "Connections closed with 1013: memory was short.", memory.closed()));
  }

  private static void reloads(Operated operated, List<Metric> to) {
    var reloads = operated.reloads();
    var help = "Reloads, by what became of them.";
    to.add(counter("reloads", help, reloads.swapped()).with("result", "swapped"));
    to.add(counter("reloads", help, reloads.refused()).with("result", "refused"));
    to.add(counter("reloads", help, reloads.kept()).with("result", "kept"));
    to.add(counter("reloads", help, reloads.rolledBack()).with("result", "rolled back"));
    to.add(
        gauge(
            "reloads_hanging",
            "Reloads that were given up and still hang.",
            operated.reloadsLeftBehind().size()));
    var onProbation =
        operated.probation().filter(p -> p.outcome() == ProbationState.Outcome.UNDER_WAY);
    to.add(
        gauge(
            "probation",
            "1 while a generation may be rolled back.",
            onProbation.isPresent() ? 1 : 0));
  }

  private static void link(LinkStatistics link, RecentTimes recent, List<Metric> to) {
    to.add(labelled(counter("link_messages", "Messages that reached it.", link.messages()), link));
    to.add(labelled(counter("link_failures", "How often it threw.", link.failures()), link));
    for (var refusals : link.refusals()) {
      to.add(
          labelled(counter("link_refusals", "Messages that it refused.", refusals.count()), link)
              .with("command", refusals.command())
              .with("status", Integer.toString(refusals.status())));
    }
    var time = recent.of(link);
    if (time.count() > 0) {
      QUANTILES.forEach((label, share) ->
          to.add(
              labelled(
                      gauge(
                          "link_recent_seconds",
                          "Its own time per message in the last minute.",
                          time.nanos(share) / NANOS),
                      link)
                  .with("percentile", label)));
    }
  }

  private static int bit(Operated operated) {
    return operated.brokerConnected() ? 1 : 0;
  }
}
