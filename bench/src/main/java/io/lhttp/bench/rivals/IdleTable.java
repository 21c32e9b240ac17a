package io.lhttp.bench.rivals;

import io.lhttp.bench.Report;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** The table of {@link Traffic#IDLE}: medians of the rounds, a row per server. */
final class IdleTable {
  private static final List<String> COLUMNS =
      List.of(
          "`idle`",
          "version",
          "KiB/connection",
          "with garbage",
          "CPU",
          "user",
          "kernel",
          "MiB before",
          "MiB with all");

  private final Map<String, String> versions = new LinkedHashMap<>();
  private final Map<String, List<Idle>> rounds = new LinkedHashMap<>();
  private final Map<String, String> absent = new LinkedHashMap<>();

  void add(RunningServer server, Idle idle) {
    var label = server.contestant().label;
    versions.put(label, server.version());
    rounds.computeIfAbsent(label, l -> new ArrayList<>()).add(idle);
  }

  /** Gives a server's row a reason instead of figures. */
  void absent(Contestant contestant, String reason) {
    absent.put(contestant.label, reason);
  }

  @Override
  public String toString() {
    var text = new StringBuilder("%n%s%n".formatted(Traffic.IDLE.description()));
    text.append("CPU in µs per second and connection; medians of the rounds\n\n");
    text.append(Markdown.head(COLUMNS));
    rounds.forEach((label, all) -> text.append(row(label, all)));
    absent.forEach((label, reason) -> text.append(Markdown.note(COLUMNS.size(), label, reason)));
    return text.toString();
  }

  private String row(String label, List<Idle> all) {
    return Markdown.row(
        label,
        versions.getOrDefault(label, ""),
        "%.1f".formatted(median(all, Idle::kib)),
        "%.1f".formatted(median(all, Idle::garbage)),
        "%.2f".formatted(median(all, i -> i.cpu().micros())),
        "%.2f".formatted(median(all, i -> i.cpu().user())),
        "%.2f".formatted(median(all, i -> i.cpu().kernel())),
        "%.0f".formatted(median(all, Idle::beforeMiB)),
        "%.0f".formatted(median(all, Idle::allMiB)));
  }

  private static double median(List<Idle> rounds, ToDoubleFunction<Idle> figure) {
    return Report.median(rounds.stream().mapToDouble(figure).toArray());
  }
}
