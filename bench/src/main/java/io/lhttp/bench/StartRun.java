package io.lhttp.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * How long {@code ./lhttp serve} and {@code ./lhttp dev} take until they listen, and what messages
 * in Java feel of scripts that are rehearsed after it.
 */
final class StartRun {
  private static final String USAGE =
      """
      usage: bench/run start [serve|dev|rehearsal…] [--rounds N] [--app DIR] [--share PERCENT]
      --share lets a start have so much of one processor only, by stopping it in between.
      """;

  private static final Duration LIVE = Duration.ofSeconds(10);
  private static final int PER_SECOND = 500;
  private static final int SCRIPTS = 4;
  private static final long MINUTES = 5;

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
      var run = new StartRun(Args.parse(List.of(line), List.of("rounds", "app", "share")));
      var figures = run.args.words().isEmpty() ? List.of("dev", "serve") : run.args.words();
      for (var figure : figures) {
        switch (figure) {
          case "dev", "serve" -> {}
          case "rehearsal" -> run.rehearsal();
          default -> throw new IllegalArgumentException("no such figure: " + figure);
        }
      }
      run.starts(figures.stream().filter(figure -> !figure.equals("rehearsal")).toList());
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
      start(command, app, 100).end(); // builds, and prepares the fast start
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
          "%-5s  until it listens, median of %d: %.2f s by the clock (%s), %.2f s of processors (%s)%n",
          commands.get(i),
          rounds,
          median(all.get(i), Start::clock),
          range(all.get(i), Start::clock),
          median(all.get(i), Start::processors),
          range(all.get(i), Start::processors));
    }
  }

  /** Messages that no script sees, at a steady rate from the first moment on. */
  private void rehearsal() throws Exception {
    var rounds = args.number("rounds", 5, 1, 1_000);
    var folder = Files.createTempDirectory("lhttp-bench-");
    try {
      var app = ScriptApp.write(folder, 0, "").echoInJava();
      for (var i = 1; i <= SCRIPTS; i++) {
        app.processor(
            "s" + i, "ctx.send(JSON.stringify([ctx.body, ctx.command, %d]));".formatted(i));
      }
      var without = new Histogram();
      var with = new Histogram();
      start("serve", folder.toString(), 100).end();
      for (var round = 0; round < rounds; round++) {
        live(folder, List.of("--set", "reload=fast"), without);
        live(folder, List.of(), with);
      }
      tell("without a rehearsal", without, rounds);
      tell("while " + SCRIPTS + " scripts are rehearsed", with, rounds);
    } finally {
      try (var files = Files.walk(folder)) {
        for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private static void tell(String what, Histogram histogram, int rounds) {
    System.out.printf(
        Locale.ROOT,
        "echo in Java, %d a second, the first %d s, %d starts, %s: p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms%n",
        PER_SECOND,
        LIVE.toSeconds(),
        rounds,
        what,
        histogram.percentile(0.5) / 1e6,
        histogram.percentile(0.99) / 1e6,
        histogram.percentile(0.999) / 1e6);
  }

  private static void live(Path folder, List<String> options, Histogram into) throws Exception {
    var start = start("serve", folder.toString(), 100, options);
    try (var client = new SteadyEcho(start.address)) {
      var began = System.nanoTime();
      for (var i = 0; i < LIVE.toSeconds() * PER_SECOND; i++) {
        var due = began + i * (1_000_000_000L / PER_SECOND);
        for (var left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        client.send(due);
      }
      client.await();
      into.add(client.times());
    } finally {
      start.end();
    }
  }

  private static double median(List<Start> starts, java.util.function.ToDoubleFunction<Start> of) {
    return starts.stream().mapToDouble(of).sorted().skip(starts.size() / 2).findFirst().orElse(0);
  }

  private static String range(List<Start> starts, java.util.function.ToDoubleFunction<Start> of) {
    var all = starts.stream().mapToDouble(of).summaryStatistics();
    return String.format(Locale.ROOT, "%.2f to %.2f", all.getMin(), all.getMax());
  }

  /** A server that listens. */
  private record Start(
      Process process, Optional<Process> brake, String address, double clock, double processors) {
    void end() throws InterruptedException {
      brake.ifPresent(Process::destroy);
      process.destroyForcibly();
      process.waitFor(MINUTES, TimeUnit.MINUTES);
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

  /** Stops the process for a part of each tenth of a second. */
  private static Process brake(Process process, int share) throws IOException {
    var script =
        "while kill -STOP $1; do sleep 0.%03d; kill -CONT $1; sleep 0.%03d; done 2>/dev/null"
            .formatted(100 - share, share);
    return new ProcessBuilder("sh", "-c", script, "sh", Long.toString(process.pid())).start();
  }
}
