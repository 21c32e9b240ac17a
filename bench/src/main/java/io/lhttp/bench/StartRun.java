package io.lhttp.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Measures the time until {@code ./lhttp serve} and {@code ./lhttp dev} listen. */
final class StartRun {
  private static final String USAGE =
      """
      usage: bench/run start [serve|dev|messages|first…] [--rounds N] [--app DIR] [--share PERCENT] [--rate N]
      --share lets a start have so much of one processor only, by stopping it in between.
      messages drives 5,000 echoes a second, or as --rate says, through five scripts from the moment the server listens,
      during the warm-up of the scripts; beside it a server without scripts.
      first does the same with servers that start for the first time, and prepare a fast start half a
      minute later, while the last ten seconds are measured.
      """;

  private static final int PER_SECOND = 5_000;
  private static final int MOST_PER_SECOND = 100_000;
  private static final int FIRST_SECONDS = 15;
  private static final int PAUSE_SECONDS = 15;
  private static final int LATER_SECONDS = 10;

  private final Args args;

  private StartRun(Args args) {
    this.args = args;
  }

  static void main(String[] line) throws Exception {
    if (List.of(line).contains("--help")) {
      System.out.print(USAGE);
      return;
    }
    try {
      var run = new StartRun(Args.parse(List.of(line), List.of("rounds", "app", "share", "rate")));
      var figures = run.args.words().isEmpty() ? List.of("dev", "serve") : run.args.words();
      var commands = new ArrayList<String>();
      for (var figure : figures) {
        switch (figure) {
          case "dev", "serve" -> commands.add(figure);
          case "messages" -> run.messages(false);
          case "first" -> run.messages(true);
          default -> throw new IllegalArgumentException("no such figure: " + figure);
        }
      }
      run.starts(commands);
    } catch (IllegalArgumentException e) {
      System.err.printf("%s%n%n%s", e.getMessage(), USAGE);
      System.exit(2);
    }
    System.exit(0);
  }

  private void starts(List<String> commands) throws Exception {
    var rounds = args.number("rounds", 7, 1, 1_000);
    var share = args.number("share", 100, 5, 100);
    var app = args.option("app").orElse("examples/chat");
    var all = new ArrayList<List<LaunchedServer>>();
    for (var command : commands) {
      LaunchedServer.prepare(command, app);
      all.add(new ArrayList<>());
    }
    for (var round = 0; round < rounds; round++) {
      for (var i = 0; i < commands.size(); i++) {
        var start = LaunchedServer.start(commands.get(i), app, share);
        all.get(i).add(start);
        start.end();
      }
    }
    for (var i = 0; i < commands.size(); i++) {
      System.out.printf(
          Locale.ROOT,
          "%-5s  until it listens, median of %d: %.2f s by the clock (%s), %.2f s of CPU time (%s)%n",
          commands.get(i),
          rounds,
          median(all.get(i), LaunchedServer::clock),
          range(all.get(i), LaunchedServer::clock),
          median(all.get(i), LaunchedServer::cpu),
          range(all.get(i), LaunchedServer::cpu));
    }
  }

  /**
   * Measures a server's first messages, during the warm-up of its scripts and without scripts.
   *
   * @param first whether no fast start is prepared
   */
  private void messages(boolean first) throws Exception {
    var folder = Files.createTempDirectory("lhttp-bench-");
    try {
      var scripts = ScriptApp.write(folder.resolve("scripts"), 5, "").echoInJava();
      var floor = ScriptApp.write(folder.resolve("floor"), 0, "").echoInJava();
      LaunchedServer.prepare("serve", scripts.folder().toString());
      LaunchedServer.prepare("serve", floor.folder().toString());
      for (var round = 0; round < args.number("rounds", 3, 1, 1_000); round++) {
        messages("five scripts", scripts, first);
        messages("no scripts", floor, first);
      }
    } finally {
      ScriptApp.delete(folder);
    }
  }

  private void messages(String name, ScriptApp app, boolean unprepared) throws Exception {
    if (unprepared) {
      forgetFastStarts();
    }
    var rate = args.number("rate", PER_SECOND, 1, MOST_PER_SECOND);
    var start = LaunchedServer.start("serve", app.folder().toString(), 100);
    try (var driver = new Driver(1);
        var load = new SteadyLoad(driver, start.target(), 8, rate, LoadBytes.echo())) {
      load.start();
      var first = latencies(driver, FIRST_SECONDS);
      Thread.sleep(Duration.ofSeconds(PAUSE_SECONDS));
      driver.drain();
      var later = latencies(driver, LATER_SECONDS);
      load.stop();
      System.out.printf(
          Locale.ROOT,
          "%-12s  p99 %.1f ms in the first %d s, p50 %.2f ms; p99 %.2f ms half a minute later, p50 %.2f ms; lost %d%n",
          name,
          first.percentile(0.99) / 1e6,
          FIRST_SECONDS,
          first.percentile(0.5) / 1e6,
          later.percentile(0.99) / 1e6,
          later.percentile(0.5) / 1e6,
          driver.settle());
    } finally {
      start.end();
    }
  }

  private static Histogram latencies(Driver driver, int seconds) throws Exception {
    Thread.sleep(Duration.ofSeconds(seconds));
    return driver.drain().latency;
  }

  private static double median(
      List<LaunchedServer> starts, java.util.function.ToDoubleFunction<LaunchedServer> of) {
    return starts.stream().mapToDouble(of).sorted().skip(starts.size() / 2).findFirst().orElse(0);
  }

  private static String range(
      List<LaunchedServer> starts, java.util.function.ToDoubleFunction<LaunchedServer> of) {
    var all = starts.stream().mapToDouble(of).summaryStatistics();
    return String.format(Locale.ROOT, "%.2f to %.2f", all.getMin(), all.getMax());
  }

  private static void forgetFastStarts() throws IOException {
    try (var files = Files.newDirectoryStream(Path.of("server/target"), "start-*.aot")) {
      for (var file : files) {
        Files.delete(file);
      }
    }
  }
}
