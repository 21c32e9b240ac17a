package io.lhttp.bench.cluster;

import io.lhttp.bench.Args;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;

/**
 * Sends messages through three servers and a NATS, on channels with and without a history, while
 * faults happen one after the other, and checks the deliveries.
 *
 * @param kinds the kinds of faults, which happen in turn
 * @param faults the number of faults
 * @param messages the least number of acknowledged messages
 * @param perSecond publications per second
 * @param longest the longest fault, without the time of a restart
 */
record ClusterRun(
    List<Fault> kinds, int faults, int messages, int perSecond, Duration longest, long seed) {
  private static final String SETTINGS =
      """
      drain: { deadline: 10s, retry-after: 200ms }
      history: { "kept-*": { messages: 20000, for: 10m, bytes: 16MiB } }
      """;

  static void main(String[] line) throws Exception {
    try {
      var args =
          Args.parse(List.of(line), List.of("faults", "messages", "rate", "longest", "seed"));
      var run =
          new ClusterRun(
              kinds(args.words()),
              args.number("faults", 100, 1, 100_000),
              args.number("messages", 500_000, 1, 50_000_000),
              args.number("rate", 1_000, 120, 100_000),
              args.seconds("longest", 12, 120),
              args.number("seed", new Random().nextInt(1_000_000), 0, 1_000_000));
      System.out.println(run);
      System.exit(run.report(System.out::println) ? 0 : 1);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(2);
    }
  }

  /** Returns the named kinds, or all if none is named. */
  private static List<Fault> kinds(List<String> words) {
    return words.isEmpty()
        ? List.of(Fault.values())
        : words.stream()
            .map(w -> Fault.valueOf(w.toUpperCase(Locale.ROOT).replace('-', '_')))
            .toList();
  }

  /**
   * The records of a run.
   *
   * @param live of channels without a history
   * @param kept of channels with a history
   */
  record Seen(Traffic.Outcome live, Traffic.Outcome kept) {}

  private boolean report(Consumer<String> out) throws Exception {
    var seen = run(out);
    out.accept(System.lineSeparator() + "channels without a history");
    var good = report(seen.live, false, out);
    out.accept(System.lineSeparator() + "channels with a history");
    return report(seen.kept, true, out) && good;
  }

  private static boolean report(Traffic.Outcome outcome, boolean history, Consumer<String> out) {
    var verdict = outcome.verdict();
    var good = verdict.good(history);
    out.accept(verdict.toString());
    out.accept(good ? "as it should be" : "NOT as it should be");
    for (var mutant : Mutant.values()) {
      var found = !outcome.verdict(mutant).good(history);
      out.accept("mutant %s is %s".formatted(mutant, found ? "found" : "NOT found"));
      good &= found;
    }
    return good;
  }

  Seen run(Consumer<String> out) throws Exception {
    try (var folder = new Scratch();
        var cluster = Cluster.start(folder.path(), SETTINGS)) {
      var live = Traffic.of(cluster, perSecond / 2, false);
      var kept = Traffic.of(cluster, perSecond / 2, true);
      live.start();
      kept.start();
      inflict(cluster, live, kept, out);
      return new Seen(live.stop(), kept.stop());
    }
  }

  private void inflict(Cluster cluster, Traffic live, Traffic kept, Consumer<String> out)
      throws Exception {
    var random = new Random(seed);
    var moments = new Fault.Moments(random, (int) longest.toMillis());
    var turn = new ArrayList<Fault>();
    Map<Fault, Integer> counts = new EnumMap<>(Fault.class);
    for (var i = 0; i < faults; i++) {
      if (turn.isEmpty()) {
        turn.addAll(kinds);
        Collections.shuffle(turn, random);
      }
      var fault = turn.removeLast();
      var node = random.nextInt(cluster.nodes().size());
      var begin = System.nanoTime();
      fault.inflict(cluster, cluster.nodes().get(node), moments);
      cluster.awaitReady();
      do {
        live.awaitProgress();
        kept.awaitProgress();
      } while (live.acknowledged() + kept.acknowledged() < (long) messages * (i + 1) / faults);
      counts.merge(fault, 1, Integer::sum);
      out.accept(
          String.format(
              Locale.ROOT,
              "fault %d: %s at server %d, over after %.1f s; %,d acknowledged",
              i + 1,
              fault,
              node + 1,
              (System.nanoTime() - begin) / 1e9,
              live.acknowledged() + kept.acknowledged()));
    }
    out.accept("faults " + counts);
  }
}
