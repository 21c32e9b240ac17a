package io.lhttp.bench.rivals;

import io.lhttp.bench.Args;
import io.lhttp.bench.Driver;
import io.lhttp.bench.FanoutLoad;
import io.lhttp.bench.Histogram;
import io.lhttp.bench.LaunchedServer;
import io.lhttp.bench.Program;
import io.lhttp.bench.Report;
import io.lhttp.bench.ServerProcess;
import io.lhttp.bench.Target;
import io.lhttp.bench.cluster.Scratch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Loads new servers at a steady rate from the moment they listen, and prints the latencies of each
 * of the first seconds. Ours is {@code ./lhttp serve} with its cache, and reloads a changed chain
 * in the middle.
 */
final class FirstSeconds {
  private static final List<String> OPTIONS =
      List.of("servers", "rate", "seconds", "rounds", "scripts", "reload");

  private static final String USAGE =
      """
      usage: bench/run first-seconds [--servers ours,bun,…] [--rate PER-SECOND] [--seconds N] [--rounds N]
                                   [--scripts N] [--reload SECOND]
      One publisher, one subscriber. Prints p99 of each of the first seconds, and what was lost.
      --scripts puts so many compiled scripts into our chain; none is the default.
      --reload lets our server reload a changed chain after so many seconds; half of them is the default, 0 is never.
      """;

  private final int rate;
  private final int seconds;
  private final int scripts;
  private final int reload;

  /** The median over the rounds is taken per second. */
  private final List<double[]> rounds = new ArrayList<>();

  /** The server's CPU time in microseconds per message, of all seconds of a round. */
  private final List<Double> cpu = new ArrayList<>();

  private long lost;

  private FirstSeconds(Args args) {
    this.rate = args.number("rate", 20_000, 1, 100_000);
    this.seconds = args.number("seconds", 30, 1, 600);
    this.scripts = args.number("scripts", 0, 0, 10);
    this.reload = args.number("reload", seconds / 2, 0, 600);
  }

  static void main(String[] line) throws Exception {
    Program.run(USAGE, line, words -> run(Args.parse(words, OPTIONS)));
  }

  /** Returns whether no message was lost by ours. */
  private static boolean run(Args args) throws Exception {
    var complete = true;
    for (var contestant : Contestant.named(args.option("servers").orElse("ours,bun"))) {
      var figures = new FirstSeconds(args);
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
        load(
            contestant,
            server.target(),
            () -> RunningServer.cpu(server.processes()).micros(),
            () -> {});
      }
      return;
    }
    try (var scratch = new Scratch()) {
      write(scratch.path(), 1);
      if (rounds.isEmpty()) {
        LaunchedServer.prepare("serve", scratch.path().toString());
        serve(scratch.path()); // warms the driver
        rounds.clear();
        cpu.clear();
        lost = 0;
      }
      serve(scratch.path());
    }
  }

  /** Writes the application, whose chain and scripts differ by the version. */
  private void write(Path application, int version) throws IOException {
    var chain = new ArrayList<String>();
    Files.createDirectories(application.resolve("filters"));
    for (var i = 1; i <= scripts; i++) {
      chain.add("f" + i);
      Files.writeString(
          application.resolve("filters/f" + i + ".js"),
          """
          export function before(ctx) {
            const text = ctx.body;
            let hash = %d;
            for (let i = 0; i < 36 && i < text.length; i++) hash = (hash * 31 + text.charCodeAt(i)) | 0;
            ctx.attributes.set("hash", hash);
          }
          """
              .formatted(version + i));
    }
    if (scripts == 0) {
      Files.deleteIfExists(application.resolve("filters"));
    }
    chain.addAll(version == 1 ? List.of("pubsub", "multipart") : List.of("multipart", "pubsub"));
    Files.writeString(
        application.resolve("lhttp.yaml"),
        "chain: [ %s ]\nlog: { level: error }\nprobation: 0s\n"
            .formatted(String.join(", ", chain)));
  }

  private void serve(Path application) throws Exception {
    write(application, 1);
    var server = LaunchedServer.start("serve", application.toString(), 100);
    try {
      load(
          Contestant.OURS,
          server.target(),
          new ServerProcess(server.process().pid())::cpuMicros,
          () -> {
            write(application, 2);
            new ProcessBuilder("kill", "-HUP", Long.toString(server.process().pid()))
                .start()
                .waitFor();
          });
    } finally {
      server.end();
    }
  }

  /** Changes the application while it is loaded. */
  @FunctionalInterface
  private interface Change {
    void make() throws IOException, InterruptedException;
  }

  /** Reads the server's CPU time in microseconds. */
  @FunctionalInterface
  private interface CpuClock {
    double micros() throws IOException;
  }

  private void load(Contestant contestant, Target target, CpuClock clock, Change change)
      throws Exception {
    try (var driver = new Driver(1);
        var load = FanoutLoad.open(driver, target, contestant.dialect(), 1, rate)) {
      var p99 = new double[seconds];
      var before = clock.micros();
      load.start();
      for (var second = 0; second < seconds; second++) {
        if (second == reload && reload > 0) {
          change.make();
        }
        Thread.sleep(Duration.ofSeconds(1));
        p99[second] = millis(driver.drain().latency);
      }
      load.stop();
      cpu.add((clock.micros() - before) / seconds / rate);
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
            "%n%s: %,d messages a second from the start on, p99 in ms, medians of %d rounds, %.1f µs of CPU a message, lost %d%n"
                .formatted(
                    contestant.label,
                    rate,
                    rounds.size(),
                    Report.median(cpu.stream().mapToDouble(Double::doubleValue).toArray()),
                    lost));
    for (var second = 0; second < seconds; second++) {
      var at = second;
      var median = Report.median(rounds.stream().mapToDouble(round -> round[at]).toArray());
      text.append("%8s %8.2f".formatted((second + 1) + " s", median));
      text.append(second % 5 == 4 || second == seconds - 1 ? "%n".formatted() : "");
    }
    if (contestant == Contestant.OURS && reload > 0 && reload < seconds) {
      text.append("reloaded after %d s, with %d compiled scripts%n".formatted(reload, scripts));
    }
    return text.toString();
  }
}
