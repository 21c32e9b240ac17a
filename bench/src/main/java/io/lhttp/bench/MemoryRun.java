package io.lhttp.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Measures the resident memory of {@code ./lhttp serve}: a while after its start, under a fan-out,
 * and after the load has gone. One server has no scripts, the other one compiled script.
 */
final class MemoryRun {
  private static final List<String> OPTIONS = List.of("rest", "connections", "seconds", "after");

  private static final String USAGE =
      """
      usage: bench/run memory [plain|script…] [--rest SECONDS] [--connections N] [--seconds N] [--after MINUTES]
      Prints what ./lhttp serve holds two minutes after its start, or as --rest says, under a fan-out to 1,000
      connections, and so many minutes after the load has gone as --after says.
      """;

  private static final String SCRIPT =
      "export function before(ctx) { ctx.attributes.set(\"length\", ctx.body.length); }\n";

  private static final double MIB = 1024;

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
      for (var figure : args.words().isEmpty() ? List.of("plain", "script") : args.words()) {
        switch (figure) {
          case "plain" ->
              measure("no scripts", 110, ScriptApp.write(folder.resolve(figure), 0, ""));
          case "script" -> {
            var app = ScriptApp.write(folder.resolve(figure), 1, "");
            Files.writeString(app.folder().resolve("filters/f1.js"), SCRIPT);
            measure("one compiled script", 170, app);
          }
          default ->
              throw new IllegalArgumentException(
                  "unknown server '%s', there are: plain, script".formatted(figure));
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
