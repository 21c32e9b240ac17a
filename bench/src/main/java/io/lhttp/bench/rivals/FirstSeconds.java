package io.lhttp.bench.rivals;

import io.lhttp.bench.Args;
import io.lhttp.bench.Driver;
import io.lhttp.bench.FanoutLoad;
import io.lhttp.bench.Histogram;
import io.lhttp.bench.LaunchedServer;
import io.lhttp.bench.Program;
import io.lhttp.bench.Report;
import io.lhttp.bench.Target;
import io.lhttp.bench.cluster.Scratch;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Loads new servers at a steady rate from the moment they listen, and prints the latencies of each
 * of the first seconds. Ours is {@code ./lhttp serve} with its cache, without scripts.
 */
final class FirstSeconds {
  private static final List<String> OPTIONS = List.of("servers", "rate", "seconds", "rounds");

  private static final String USAGE =
      """
      usage: bench/run first-seconds [--servers ours,bun,…] [--rate PER-SECOND] [--seconds N] [--rounds N]
      One publisher, one subscriber. Prints p99 of each of the first seconds, and what was lost.
      """;

  private static final String APPLICATION =
      """
      chain: [ pubsub, multipart ]
      log: { level: error }
      """;

  private final int rate;
  private final int seconds;

  /** The median over the rounds is taken per second. */
  private final List<double[]> rounds = new ArrayList<>();

  private long lost;

  private FirstSeconds(int rate, int seconds) {
    this.rate = rate;
    this.seconds = seconds;
  }

  static void main(String[] line) throws Exception {
    Program.run(USAGE, line, words -> run(Args.parse(words, OPTIONS)));
  }

  /** Returns whether no message was lost by ours. */
  private static boolean run(Args args) throws Exception {
    var complete = true;
    for (var contestant : Contestant.named(args.option("servers").orElse("ours,bun"))) {
      var figures =
          new FirstSeconds(
              args.number("rate", 20_000, 1, 100_000), args.number("seconds", 30, 1, 600));
      try {
        for (var round = args.number("rounds", 3, 1, 100); round > 0; round--) {
          figures.measure(contestant);
        }
        System.out.print(figures.table(contestant));
        complete &= !contestant.isHere() || figures.lost == 0;
      } catch (RivalScript.MissingException e) {
        System.out.printf("%-10s missing: %s%n", contestant.label, e.getMessage());
      }
    }
    return complete;
  }

  private void measure(Contestant contestant) throws Exception {
    if (contestant != Contestant.OURS) {
      try (var server = RunningServer.start(contestant, Args.parse(List.of(), List.of()))) {
        load(contestant, server.target());
      }
      return;
    }
    try (var scratch = new Scratch()) {
      Files.writeString(scratch.path().resolve("lhttp.yaml"), APPLICATION);
      var application = scratch.path().toString();
      if (rounds.isEmpty()) {
        LaunchedServer.prepare("serve", application);
        serve(application); // warms the driver
        rounds.clear();
        lost = 0;
      }
      serve(application);
    }
  }

  private void serve(String application) throws Exception {
    var server = LaunchedServer.start("serve", application, 100);
    try {
      load(Contestant.OURS, server.target());
    } finally {
      server.end();
    }
  }

  private void load(Contestant contestant, Target target) throws Exception {
    try (var driver = new Driver(1);
        var load = FanoutLoad.open(driver, target, contestant.dialect(), 1, rate)) {
      var p99 = new double[seconds];
      load.start();
      for (var second = 0; second < seconds; second++) {
        Thread.sleep(Duration.ofSeconds(1));
        p99[second] = millis(driver.drain().latency);
      }
      load.stop();
      lost += driver.settle();
      rounds.add(p99);
    }
  }

  /** Returns the p99 of one second; endless if no message came. */
  private static double millis(Histogram latency) {
    return latency.count() == 0 ? Double.POSITIVE_INFINITY : latency.percentile(0.99) / 1e6;
  }

  private String table(Contestant contestant) {
    var text =
        new StringBuilder(
            "%n%s: %,d messages a second from the start on, p99 in ms, medians of %d rounds, lost %d%n"
                .formatted(contestant.label, rate, rounds.size(), lost));
    for (var second = 0; second < seconds; second++) {
      var at = second;
      var median = Report.median(rounds.stream().mapToDouble(round -> round[at]).toArray());
      text.append("%8s %8.2f".formatted((second + 1) + " s", median));
      text.append(second % 5 == 4 || second == seconds - 1 ? "%n".formatted() : "");
    }
    return text.toString();
  }
}
