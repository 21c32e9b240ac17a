package io.lhttp.server;

import static io.lhttp.Metric.counter;
import static io.lhttp.Metric.gauge;

import io.lhttp.Metric;
import io.lhttp.chain.LinkStatistics;
import io.lhttp.chain.RecentTimes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The metrics of a server and of its links, without the histograms of {@link LinkStatistics#time}.
 */
public final class ServerMetrics {
  private static final Map<String, Double> QUANTILES = Map.of("50", 0.5, "99", 0.99, "99.9", 0.999);

  private static final double NANOS = 1e9;

  private ServerMetrics() {}

  /** Returns the metrics of the server itself. */
  public static List<Metric> ofServer(ServerStatistics server) {
    var all = new ArrayList<Metric>();
    server(server, all);
    return all;
  }

  /**
   * Returns the metrics of the links: those that the server counts, and those that links report
   * themselves.
   *
   * @param recent the times of the last minute
   */
  public static List<Metric> ofLinks(ServerStatistics server, RecentTimes recent) {
    var all = new ArrayList<Metric>();
    server.links().forEach(link -> link(link, recent, all));
    all.addAll(server.metrics());
    return all;
  }

  private static Metric labelled(Metric measure, LinkStatistics link) {
    return measure.with("kind", link.kind().label()).with("link", link.name());
  }

  private static void server(ServerStatistics server, List<Metric> to) {
    to.add(gauge("connections", "WebSocket connections that are open.", server.connections()));
    to.add(counter("connections_opened", "WebSocket connections that began.", server.opened()));
    to.add(
        counter(
            "connections_rejected",
            "Sockets closed at once because a limit on connections was reached.",
            server.rejected()));
    to.add(
        counter(
            "accept_failures",
            "Failed attempts to accept a connection, mostly because no file descriptor was left.",
            server.acceptFailures()));
    to.add(counter("messages_malformed", "Messages that could not be read.", server.malformed()));
    to.add(
        counter(
            "slow_consumers",
            "Connections closed with 4413 because the client read too slowly.",
            server.slowConsumers()));
    to.add(
        counter(
            "deliveries_dropped",
            "Deliveries dropped for slow consumers or for a busy event loop.",
            server.dropped()));
    to.add(
        gauge(
            "outbound_queue_bytes",
            "Bytes in outbound queues, which wait for clients.",
            server.queuedBytes()));
    to.add(
        gauge("delivery_queue_bytes", "Bytes that wait for event loops.", server.deliveryBytes()));
    memory(server.memory(), to);
    to.add(gauge("channels", "Channels with subscribers here.", server.channels()));
    to.add(
        gauge(
            "draining",
            "1 while the server drains and takes no new connection.",
            server.draining() ? 1 : 0));
    to.add(gauge("generation", "Number of the generation that runs.", server.generation()));
    to.add(
        gauge(
            "generations_open",
            "Generations that are not closed: the running one, and older ones still in use.",
            server.generations()));
  }

  private static void memory(ServerStatistics.Memory memory, List<Metric> to) {
    to.add(
        gauge(
            "memory_limit_bytes",
            "Bytes of messages that may wait in the server.",
            memory.limit()));
    var help = "Bytes of messages that wait in the server.";
    to.add(gauge("memory_used_bytes", help, memory.received()).with("part", "received"));
    to.add(gauge("memory_used_bytes", help, memory.exchanges()).with("part", "exchanges"));
    to.add(gauge("memory_used_bytes", help, memory.sending()).with("part", "sending"));
    to.add(
        counter(
            "memory_read_pauses",
            "Times that the server stopped reading a connection that held too much memory.",
            memory.pauses()));
    to.add(
        counter(
            "memory_refusals",
            "Messages and handshakes refused with 503 because memory was short.",
            memory.refusals()));
    to.add(
        counter(
            "memory_connections_closed",
            "Connections closed with 1013 because memory was short.",
            memory.closed()));
    to.add(
        gauge(
            "connections_memory_limit_bytes",
            "Bytes that open connections may keep.",
            memory.keptLimit()));
    to.add(
        gauge(
            "connections_memory_used_bytes",
            "Bytes that open connections keep: headers of handshakes, and subscriptions.",
            memory.kept()));
  }

  private static void link(LinkStatistics link, RecentTimes recent, List<Metric> to) {
    to.add(
        labelled(
            counter("link_messages", "Messages that reached the link.", link.messages()), link));
    to.add(
        labelled(
            counter("link_failures", "Exceptions that the link threw.", link.failures()), link));
    for (var refusals : link.refusals()) {
      to.add(
          labelled(
                  counter("link_refusals", "Messages that the link refused.", refusals.count()),
                  link)
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
                          "The link's own time per message in the last minute.",
                          time.nanos(share) / NANOS),
                      link)
                  .with("percentile", label)));
    }
  }
}
