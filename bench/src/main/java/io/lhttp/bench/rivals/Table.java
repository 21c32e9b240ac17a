package io.lhttp.bench.rivals;

import io.lhttp.bench.Report;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** The table of one traffic: medians of the rounds, a row per server. */
final class Table {
  private static final String ROW =
      "%-10s %11s %7s %7s %7s %15s %13s %7s | %7s %9s %9s %7s | %6s %5s%n";

  private final Traffic traffic;
  private final Map<RunningServer, Rounds> servers = new LinkedHashMap<>();
  private final Map<RunningServer, Integer> stalled = new LinkedHashMap<>();

  Table(Traffic traffic) {
    this.traffic = traffic;
  }

  void add(RunningServer server, Measurement closedLoop, Measurement openLoop) {
    var rounds =
        servers.computeIfAbsent(server, s -> new Rounds(new ArrayList<>(), new ArrayList<>()));
    rounds.closed.add(closedLoop);
    rounds.open.add(openLoop);
  }

  Traffic traffic() {
    return traffic;
  }

  /** Counts a round in which a server sent no message. */
  void stalled(RunningServer server) {
    stalled.merge(server, 1, Integer::sum);
  }

  /**
   * Whether our server or the floor has lost a message; a rival's losses only appear in its row.
   */
  boolean lost() {
    return servers.entrySet().stream()
        .filter(entry -> entry.getKey().contestant().isHere())
        .anyMatch(entry -> entry.getValue().lost() > 0);
  }

  private double ofOurs() {
    return servers.entrySet().stream()
        .filter(entry -> entry.getKey().contestant() == Contestant.OURS)
        .mapToDouble(entry -> cpu(entry.getValue().closed))
        .findFirst()
        .orElse(Double.NaN);
  }

  private static double cpu(List<Measurement> rounds) {
    return median(rounds, s -> s.server().micros());
  }

  @Override
  public String toString() {
    var text = new StringBuilder("%n%s%n".formatted(traffic.description()));
    text.append("CPU in µs per message received, latencies in µs; medians of the rounds\n");
    text.append(
        ROW.formatted(
            "server",
            "messages/s",
            "CPU",
            "user",
            "kernel",
            "CPU, spread",
            "driver",
            "/ ours",
            "CPU",
            "p50",
            "p99",
            "driver",
            "MiB",
            "lost"));
    var ours = ofOurs();
    servers.forEach((server, rounds) -> text.append(row(server, rounds, ours)));
    stalled.forEach((server, rounds) ->
        text.append(
            "%s: no message came back in %d more rounds%n"
                .formatted(server.contestant().label, rounds)));
    return text.toString();
  }

  /**
   * @param ours our CPU per message in the closed loop
   */
  private static String row(RunningServer server, Rounds rounds, double ours) {
    var closedLoop = rounds.closed;
    var openLoop = rounds.open;
    return ROW.formatted(
        server.contestant().label,
        "%,.0f".formatted(median(closedLoop, Measurement::rate)),
        "%.2f".formatted(cpu(closedLoop)),
        "%.2f".formatted(median(closedLoop, s -> s.server().user())),
        "%.2f".formatted(median(closedLoop, s -> s.server().kernel())),
        spread(closedLoop),
        "%.2f + %.2f"
            .formatted(
                median(closedLoop, s -> s.driver().user()),
                median(closedLoop, s -> s.driver().kernel())),
        "%.2f".formatted(cpu(closedLoop) / ours),
        "%.2f".formatted(cpu(openLoop)),
        "%,.0f".formatted(median(openLoop, Measurement::p50)),
        "%,.0f".formatted(median(openLoop, Measurement::p99)),
        "%.2f".formatted(median(openLoop, s -> s.driver().micros())),
        "%.0f".formatted(median(closedLoop, Measurement::residentMiB)),
        rounds.lost());
  }

  private static String spread(List<Measurement> rounds) {
    var values = rounds.stream().mapToDouble(s -> s.server().micros()).summaryStatistics();
    return "%.2f – %.2f".formatted(values.getMin(), values.getMax());
  }

  private static double median(List<Measurement> rounds, ToDoubleFunction<Measurement> figure) {
    return Report.median(rounds.stream().mapToDouble(figure).toArray());
  }

  private record Rounds(List<Measurement> closed, List<Measurement> open) {
    long lost() {
      return Stream.concat(closed.stream(), open.stream()).mapToLong(Measurement::lost).sum();
    }
  }
}
