package io.lhttp.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

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

  private static final long MINUTES = 5;

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
    var all = new ArrayList<List<Start>>();
    for (var command : commands) {
      prepare(command, app);
      all.add(new ArrayList<>());
    }
    for (var round = 0; round < rounds; round++) {
      for (var i = 0; i < commands.size(); i++) {
        var start = start(commands.get(i), app, share);
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
          median(all.get(i), Start::clock),
          range(all.get(i), Start::clock),
          median(all.get(i), Start::cpu),
          range(all.get(i), Start::cpu));
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
      prepare("serve", scripts.folder().toString());
      prepare("serve", floor.folder().toString());
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
    var start = start("serve", app.folder().toString(), 100);
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

  private static double median(List<Start> starts, java.util.function.ToDoubleFunction<Start> of) {
    return starts.stream().mapToDouble(of).sorted().skip(starts.size() / 2).findFirst().orElse(0);
  }

  private static String range(List<Start> starts, java.util.function.ToDoubleFunction<Start> of) {
    var all = starts.stream().mapToDouble(of).summaryStatistics();
    return String.format(Locale.ROOT, "%.2f to %.2f", all.getMin(), all.getMax());
  }

  /**
   * A server that listens.
   *
   * @param clock the seconds until it listened
   * @param cpu the seconds of CPU time until then
   */
  private record Start(
      Process process, Optional<Process> brake, String address, double clock, double cpu) {
    Target target() {
      var uri = URI.create(address);
      return new Target(
          "start", new InetSocketAddress(uri.getHost(), uri.getPort()), process.pid());
    }

    void end() throws InterruptedException {
      brake.ifPresent(Process::destroy);
      process.destroyForcibly();
      process.waitFor(MINUTES, TimeUnit.MINUTES);
    }
  }

  private static void forgetFastStarts() throws IOException {
    try (var files = Files.newDirectoryStream(Path.of("server/target"), "start-*.aot")) {
      for (var file : files) {
        Files.delete(file);
      }
    }
  }

  /** Builds the server, and prepares the fast start of a command. */
  private static void prepare(String command, String app) throws Exception {
    var launcher = new ProcessBuilder("./lhttp", command, app).inheritIO();
    launcher.environment().put("LHTTP_PREPARE", "yes");
    if (launcher.start().waitFor() != 0) {
      throw new IOException("no fast start of " + command + " could be prepared");
    }
  }

  private static Start start(String command, String app, int share) throws Exception {
    return start(command, app, share, List.of());
  }

  private static Start start(String command, String app, int share, List<String> options)
      throws Exception {
    var line = new ArrayList<>(List.of("./lhttp", command, app, "--port", "0"));
    line.addAll(List.of("--set", "listen=127.0.0.1:0", "--set", "admin=127.0.0.1:0"));
    line.addAll(options);
    var began = System.nanoTime();
    var process = new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    var brake = share == 100 ? Optional.<Process>empty() : Optional.of(brake(process, share));
    for (var said = process.inputReader().readLine();
        said != null;
        said = process.inputReader().readLine()) {
      if (said.startsWith("listening on ")) {
        return new Start(
            process,
            brake,
            said.substring("listening on ".length()),
            (System.nanoTime() - began) / 1e9,
            process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / 1e9);
      }
    }
    throw new IOException(command + " did not start");
  }

  /** Stops the process for a part of each tenth of a second, to simulate a slow machine. */
  private static Process brake(Process process, int share) throws IOException {
    var script =
        "while kill -STOP $1; do sleep 0.%03d; kill -CONT $1; sleep 0.%03d; done 2>/dev/null"
            .formatted(100 - share, share);
    return new ProcessBuilder("sh", "-c", script, "sh", Long.toString(process.pid())).start();
  }
}
