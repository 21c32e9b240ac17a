package io.lhttp.bench.cluster;

import io.lhttp.bench.Args;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;

/**
 * Lets messages flow through three servers and a NATS while faults come one after the other, and
 * checks what arrived.
 *
 * @param faults how many, of all kinds in turn
 * @param messages that are acknowledged at least
 * @param longest fault, the time of a restart not counted
 * @param history whether the channels have one: then nothing may be lost
 */
record ClusterRun(
    int faults, int messages, int perSecond, Duration longest, boolean history, long seed) {
  private static final String HISTORY = "history: { \"channel-*\": { messages: 20000, for: 10m } }";

  static void main(String[] line) throws Exception {
    try {
      var args =
          Args.parse(List.of(line), List.of("faults", "messages", "rate", "longest", "seed"));
      var run =
          new ClusterRun(
              args.number("faults", 100, 0, 100_000),
              args.number("messages", 500_000, 1, 50_000_000),
              args.number("rate", 900, 60, 100_000),
              args.seconds("longest", 12, 120),
              args.words().contains("history"),
              args.number("seed", new Random().nextInt(1_000_000), 0, 1_000_000));
      System.exit(run.report(System.out::println) ? 0 : 1);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(2);
    }
  }

  private boolean report(Consumer<String> out) throws Exception {
    out.accept(toString());
    var outcome = run(out);
    var verdict = outcome.verdict();
    out.accept(verdict.toString());
    var good = verdict.good(history);
    out.accept(good ? "as it should be" : "NOT as it should be");
    for (var mutant : Mutant.values()) {
      var caught = !outcome.verdict(mutant).good(history);
      out.accept("mutant %s is %s".formatted(mutant, caught ? "found" : "NOT found"));
      good &= caught;
    }
    return good;
  }

  /** Runs it all in a folder that is deleted afterwards. */
  Traffic.Outcome run(Consumer<String> out) throws Exception {
    var folder = Files.createTempDirectory("lhttp-cluster");
    try (var cluster = Cluster.start(folder, history ? HISTORY : "")) {
      var traffic = new Traffic(cluster, perSecond, history);
      traffic.start();
      inflict(cluster, traffic, out);
      while (traffic.acknowledged() < messages) {
        traffic.awaitProgress();
      }
      return traffic.stop();
    } finally {
      delete(folder);
    }
  }

  private void inflict(Cluster cluster, Traffic traffic, Consumer<String> out) throws Exception {
    var random = new Random(seed);
    var moments = new Fault.Moments(random, (int) longest.toMillis());
    var kinds = new ArrayList<Fault>();
    Map<Fault, Integer> counts = new EnumMap<>(Fault.class);
    for (var i = 0; i < faults; i++) {
      if (kinds.isEmpty()) {
        kinds.addAll(List.of(Fault.values()));
        Collections.shuffle(kinds, random);
      }
      var fault = kinds.removeLast();
      var node = random.nextInt(cluster.nodes().size());
      var begin = System.nanoTime();
      fault.inflict(cluster, cluster.nodes().get(node), moments);
      cluster.awaitReady();
      traffic.awaitProgress();
      while (traffic.acknowledged() < messages / faults * (i + 1L)) {
        traffic.awaitProgress();
      }
      counts.merge(fault, 1, Integer::sum);
      out.accept(
          String.format(
              Locale.ROOT,
              "fault %d: %s at server %d, over after %.1f s; %,d acknowledged",
              i + 1,
              fault,
              node + 1,
              (System.nanoTime() - begin) / 1e9,
              traffic.acknowledged()));
    }
    out.accept("faults " + counts);
  }

  private static void delete(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
