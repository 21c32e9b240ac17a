package io.lhttp.bench.rivals;

import io.lhttp.bench.CpuTime;
import io.lhttp.bench.Report;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** The table of one traffic: medians of the rounds, a row per server. */
final class Table {
  private final Traffic traffic;
  private final List<String> columns;
  private final Map<RunningServer, Rounds> servers = new LinkedHashMap<>();
  private final Map<RunningServer, List<String>> failed = new LinkedHashMap<>();
  private final Map<String, String> absent = new LinkedHashMap<>();

  Table(Traffic traffic) {
    this.traffic = traffic;
    this.columns =
        List.of(
            "`" + traffic.label() + "`",
            "version",
            "messages/s",
            "CPU",
            "user",
            "kernel",
            "spread",
            "of ours",
            "driver",
            "p50",
            "p99",
            "MiB",
            "lost");
  }

  void add(RunningServer server, Measurement closedLoop, Measurement openLoop) {
    var rounds =
        servers.computeIfAbsent(server, s -> new Rounds(new ArrayList<>(), new ArrayList<>()));
    rounds.closed.add(closedLoop);
    rounds.open.add(openLoop);
  }

  /** Adds a measurement where there is no closed loop. */
  void add(RunningServer server, Measurement openLoop) {
    servers
        .computeIfAbsent(server, s -> new Rounds(new ArrayList<>(), new ArrayList<>()))
        .open
        .add(openLoop);
  }

  Traffic traffic() {
    return traffic;
  }

  /** Notes a round in which a server failed. */
  void failed(RunningServer server, String reason) {
    failed.computeIfAbsent(server, s -> new ArrayList<>()).add(reason);
  }

  /** Gives a server's row a reason instead of figures. */
  void absent(Contestant contestant, String reason) {
    absent.put(contestant.label, reason);
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
        .mapToDouble(entry -> cpu(entry.getValue().rated()))
        .findFirst()
        .orElse(Double.NaN);
  }

  private static double cpu(List<Measurement> rounds) {
    return median(rounds, s -> s.server().micros());
  }

  @Override
  public String toString() {
    var text = new StringBuilder("%n%s%n".formatted(traffic.description()));
    text.append("CPU in µs per message received, latencies in ms; medians of the rounds\n\n");
    text.append(Markdown.head(columns));
    var ours = ofOurs();
    servers.forEach((server, rounds) -> {
      text.append(row(server, rounds, ours));
      if (!server.helpers().isEmpty()) {
        text.append(helpers(server, rounds));
      }
    });
    absent.forEach((label, reason) -> text.append(Markdown.note(columns.size(), label, reason)));
    failed.forEach((server, reasons) ->
        text.append(
            "%n%s failed in %d rounds: %s%n"
                .formatted(server.contestant().label, reasons.size(), reasons.getLast())));
    servers.values().stream()
        .flatMap(Rounds::all)
        .mapToDouble(Measurement::others)
        .average()
        .ifPresent(
            others -> text.append("%nOther programs kept %.1f CPUs busy.%n".formatted(others)));
    return text.toString();
  }

  /**
   * @param ours our CPU per message
   */
  private static String row(RunningServer server, Rounds rounds, double ours) {
    var rated = rounds.rated();
    return Markdown.row(
        server.contestant().label,
        server.version(),
        "%,.0f".formatted(median(rated, Measurement::rate)),
        "%.2f".formatted(cpu(rated)),
        "%.2f".formatted(median(rated, s -> s.server().user())),
        "%.2f".formatted(median(rated, s -> s.server().kernel())),
        spread(rated),
        Double.isNaN(ours) ? "" : "%.2f".formatted(cpu(rated) / ours),
        both(rated, Measurement::driver),
        Markdown.millis(median(rounds.open, Measurement::p50)),
        Markdown.millis(median(rounds.open, Measurement::p99)),
        "%.0f".formatted(median(rated, Measurement::residentMiB)),
        Long.toString(rounds.lost()));
  }

  /** The row of the processes that a server needs and that are no part of it. */
  private String helpers(RunningServer server, Rounds rounds) {
    var rated = rounds.rated();
    var cells = new ArrayList<String>();
    cells.add("… its " + server.helpersName());
    cells.add("");
    cells.add("");
    cells.add("%.2f".formatted(median(rated, m -> m.helpers().micros())));
    cells.add("%.2f".formatted(median(rated, m -> m.helpers().user())));
    cells.add("%.2f".formatted(median(rated, m -> m.helpers().kernel())));
    while (cells.size() < columns.size()) {
      cells.add("");
    }
    return Markdown.row(cells);
  }

  private static String both(List<Measurement> rounds, Function<Measurement, CpuTime> time) {
    return "%.2f + %.2f"
        .formatted(
            median(rounds, m -> time.apply(m).user()), median(rounds, m -> time.apply(m).kernel()));
  }

  private static String spread(List<Measurement> rounds) {
    var values = rounds.stream().mapToDouble(s -> s.server().micros()).summaryStatistics();
    return "%.2f – %.2f".formatted(values.getMin(), values.getMax());
  }

  private static double median(List<Measurement> rounds, ToDoubleFunction<Measurement> figure) {
    return Report.median(rounds.stream().mapToDouble(figure).toArray());
  }

  private record Rounds(List<Measurement> closed, List<Measurement> open) {
    /** The measurements that give rate, CPU and memory. */
    List<Measurement> rated() {
      return closed.isEmpty() ? open : closed;
    }

    Stream<Measurement> all() {
      return Stream.concat(closed.stream(), open.stream());
    }

    long lost() {
      return all().mapToLong(Measurement::lost).sum();
    }
  }
}
