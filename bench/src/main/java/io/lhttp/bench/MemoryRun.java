package io.lhttp.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Measures the resident memory of {@code ./lhttp serve}: a while after its start, under a fan-out,
 * and after the load has gone. One server has no scripts, the other one compiled script. A third
 * one holds idle connections.
 */
final class MemoryRun {
  private static final List<String> OPTIONS =
      List.of("rest", "connections", "seconds", "after", "idle");

  private static final String USAGE =
      """
      usage: bench/run memory [plain|script|idle…] [--rest SECONDS] [--connections N] [--seconds N] [--after MINUTES]
                              [--idle N]
      Prints what ./lhttp serve holds two minutes after its start, or as --rest says, under a fan-out to 1,000
      connections, and so many minutes after the load has gone as --after says.
      idle prints what 18,000 idle, subscribed connections take, or as many as --idle says: memory and CPU time.
      """;

  private static final String SCRIPT =
      "export function before(ctx) { ctx.attributes.set(\"length\", ctx.body.length); }\n";

  private static final double MIB = 1024;

  /** The connections before the first figure of {@code idle}, which load classes and fill pools. */
  private static final int WARM_UP = 500;

  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final Args args;

  private MemoryRun(Args args) {
    this.args = args;
  }

  static void main(String[] line) throws Exception {
    Program.run(USAGE, line, words -> new MemoryRun(Args.parse(words, OPTIONS)).run());
  }

  private boolean run() throws Exception {
    var folder = Files.createTempDirectory("lhttp-bench-");
    try {
      for (var figure :
          args.words().isEmpty() ? List.of("plain", "script", "idle") : args.words()) {
        switch (figure) {
          case "plain" ->
              measure("no scripts", 110, ScriptApp.write(folder.resolve(figure), 0, ""));
          case "script" -> {
            var app = ScriptApp.write(folder.resolve(figure), 1, "");
            Files.writeString(app.folder().resolve("filters/f1.js"), SCRIPT);
            measure("one compiled script", 170, app);
          }
          case "idle" ->
              idle(ScriptApp.write(folder.resolve(figure), 0, "").withConnections(40_000));
          default ->
              throw new IllegalArgumentException(
                  "unknown server '%s', there are: plain, script, idle".formatted(figure));
        }
      }
    } finally {
      ScriptApp.delete(folder);
    }
    return true;
  }

  /**
   * @param goal the most MiB after the start
   */
  private void measure(String name, int goal, ScriptApp app) throws Exception {
    var application = app.folder().toString();
    LaunchedServer.prepare("serve", application);
    var server = LaunchedServer.start("serve", application, 100);
    try {
      var process = new ServerProcess(server.process().pid());
      var rest = args.seconds("rest", 120, 3_600);
      Thread.sleep(rest);
      var start = process.residentKiB();
      print(name, "after %d s".formatted(rest.toSeconds()), process, start, "≤ " + goal + " MiB");
      loaded(name, server.target(), process);
      var minutes = args.number("after", 0, 0, 600);
      if (minutes > 0) {
        Thread.sleep(Duration.ofMinutes(minutes));
        var after = process.residentKiB();
        print(
            name,
            "%d min after the load, %.2f of the start".formatted(minutes, after / start),
            process,
            after,
            "≤ 1.2 of the start");
      }
    } finally {
      server.end();
    }
  }

  /** Prints the most that the server holds at the end of any second of the load. */
  private void loaded(String name, Target target, ServerProcess process) throws Exception {
    var connections = args.number("connections", 1_000, 1, 9_000);
    try (var driver = new Driver(1);
        var load = new FanoutLoad(driver, target, connections, 8)) {
      load.start();
      var most = 0.0;
      for (var left = args.number("seconds", 20, 1, 600); left > 0; left--) {
        TimeUnit.SECONDS.sleep(1);
        most = Math.max(most, process.residentKiB());
      }
      print(
          name,
          "most under fan-out %,d".formatted(connections),
          process,
          most,
          connections == 1_000 ? "≤ 220 MiB" : "");
      load.stop();
      if (driver.settle() > 0) {
        throw new IOException("the server lost messages");
      }
    }
  }

  /** Prints what each of many idle, subscribed connections takes. */
  private void idle(ScriptApp app) throws Exception {
    var application = app.folder().toString();
    LaunchedServer.prepare("serve", application);
    var server = LaunchedServer.start("serve", application, 100);
    try (var driver = new Driver(1)) {
      var process = new ServerProcess(server.process().pid());
      try (var warm = new FanoutLoad(driver, server.target(), WARM_UP, 1)) {
        warm.probe();
      }
      Thread.sleep(PAUSE);
      var before = process.usedResidentKiB(PAUSE);
      var connections = args.number("idle", 18_000, 1, 19_000);
      try (var load = new FanoutLoad(driver, server.target(), connections, 1)) {
        var rest = args.seconds("rest", 120, 3_600);
        var cpu = process.cpuMicros();
        Thread.sleep(rest);
        var micros = (process.cpuMicros() - cpu) / rest.toSeconds() / connections;
        var resident = process.residentKiB();
        var used = process.usedResidentKiB(PAUSE);
        load.probe(); // no connection may have been closed
        System.out.printf(
            Locale.ROOT,
            "%,d idle connections: %.2f KiB resident each after %d s, %.2f after a collection (≤"
                + " 4), %.2f µs of CPU a second each (≤ 2); the server held %.0f MiB without"
                + " them%n",
            connections,
            (resident - before) / connections,
            rest.toSeconds(),
            (used - before) / connections,
            micros,
            before / MIB);
      }
    } finally {
      server.end();
    }
  }

  private static void print(
      String name, String figure, ServerProcess process, double kib, String goal)
      throws IOException {
    System.out.printf(
        Locale.ROOT,
        "%-20s  %-40s %5.0f MiB resident, %4.0f MiB of them dirty and private now  %s%n",
        name,
        figure,
        kib / MIB,
        process.privateKiB() / MIB,
        goal);
  }
}
