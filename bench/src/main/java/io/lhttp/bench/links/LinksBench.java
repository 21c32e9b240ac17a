package io.lhttp.bench.links;

import io.lhttp.bench.AppServer;
import io.lhttp.bench.Args;
import io.lhttp.bench.Bench;
import io.lhttp.bench.Driver;
import io.lhttp.bench.Figure;
import io.lhttp.bench.LoadBytes;
import io.lhttp.bench.PipelinedLoad;
import io.lhttp.bench.Program;
import io.lhttp.bench.Protocol;
import io.lhttp.bench.RateRun;
import io.lhttp.bench.Report;
import io.lhttp.bench.Result;
import io.lhttp.bench.Target;
import io.lhttp.bench.Workload;
import io.lhttp.bench.cluster.Scratch;
import io.lhttp.bench.rivals.RivalProcess;
import io.lhttp.bench.rivals.RivalScript;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;

/**
 * Measures ten links of a chain that each read a header and set one: filters in JavaScript, filters
 * in Java, and handlers of Vert.x Web. A server with them and one without them run in turn; the
 * difference is the cost.
 */
final class LinksBench {
  private static final int LINKS = 10;
  private static final int CONNECTIONS = 50;
  private static final int WINDOW = 8;
  private static final List<String> OPTIONS = List.of("rounds", "seconds", "warm");
  private static final List<String> FIGURES = List.of("javascript", "java", "vertx");

  private static final String USAGE =
      """
      usage: bench/run links [javascript|java|vertx…] [--rounds N] [--seconds N] [--warm SECONDS]
      Ten filters or handlers that each read a header and set one, beside the same server without them.
      """;

  private final Args args;
  private final Driver driver;
  private final List<Pair> pairs = new ArrayList<>();

  private LinksBench(Args args, Driver driver) {
    this.args = args;
    this.driver = driver;
  }

  static void main(String[] line) throws Exception {
    Program.run(USAGE, line, words -> run(Args.parse(words, OPTIONS)));
  }

  /** Returns whether no message was lost. */
  private static boolean run(Args args) throws Exception {
    var figures = args.words().isEmpty() ? FIGURES : args.words();
    for (var figure : figures) {
      if (!FIGURES.contains(figure)) {
        throw new IllegalArgumentException(
            "unknown links '%s', there are: %s".formatted(figure, String.join(", ", FIGURES)));
      }
    }
    try (var driver = new Driver(1)) {
      var bench = new LinksBench(args, driver);
      for (var figure : figures) {
        bench.measure(figure);
      }
      System.out.print(bench.table());
      return bench.pairs.stream().allMatch(Pair::isComplete);
    }
  }

  private void measure(String figure) throws Exception {
    switch (figure) {
      case "javascript" -> scripts();
      case "java" -> java();
      default -> vertx();
    }
  }

  private void scripts() throws Exception {
    try (var scratch = new Scratch();
        var without = serve(LinksApp.inJavaScript(scratch.path().resolve("without"), 0), true);
        var with = serve(LinksApp.inJavaScript(scratch.path().resolve("with"), LINKS), true)) {
      echo("filters in JavaScript, compiled", without.target(), with.target());
    }
  }

  private void java() throws Exception {
    try (var scratch = new Scratch();
        var without = serve(LinksApp.inJava(scratch.path().resolve("without"), 0), false);
        var with = serve(LinksApp.inJava(scratch.path().resolve("with"), LINKS), false)) {
      echo("filters in Java", without.target(), with.target());
    }
  }

  private static AppServer serve(Path folder, boolean compiled) throws Exception {
    return AppServer.start("links", folder, Bench.FLAGS, compiled);
  }

  private void echo(String name, Target without, Target with) throws Exception {
    pairs.add(
        measure(
            name,
            new Source(without, () -> load(without, Protocol.WebSocket::new, LoadBytes.echo())),
            new Source(with, () -> load(with, Protocol.WebSocket::new, LoadBytes.echo()))));
  }

  /** Vert.x Web's handlers see HTTP requests, so its load consists of these. */
  private void vertx() throws Exception {
    var script = RivalScript.in("vertx");
    String version;
    try {
      version = script.prepare();
    } catch (RivalScript.MissingException e) {
      System.out.printf("vertx: missing: %s%n", e.getMessage());
      return;
    }
    try (var a = RivalProcess.start(script, "vertx", "0");
        var b = RivalProcess.start(script, "vertx", Integer.toString(LINKS))) {
      pairs.add(
          measure(
              "handlers of " + version + " Web",
              new Source(a.target(), () -> load(a.target(), Protocol.Http::new, LoadBytes.post())),
              new Source(
                  b.target(), () -> load(b.target(), Protocol.Http::new, LoadBytes.post()))));
    }
  }

  private Workload load(Target target, Supplier<Protocol> protocol, byte[] request)
      throws Exception {
    return new PipelinedLoad(driver, target, CONNECTIONS, WINDOW, protocol, request);
  }

  private Pair measure(String name, Source without, Source with) throws Exception {
    var pair = new Pair(name, new ArrayList<>(), new ArrayList<>());
    var warm = args.seconds("warm", 15, 120);
    RateRun.warm(driver, without.open, warm);
    RateRun.warm(driver, with.open, warm);
    for (var round = args.number("rounds", 5, 1, 100); round > 0; round--) {
      pair.without.add(measure(name + ", none", without));
      pair.with.add(measure(name, with));
    }
    return pair;
  }

  private Result measure(String name, Source source) throws Exception {
    var length = args.seconds("seconds", 3, 60);
    var result = RateRun.measure(driver, 1, source.target, source.open, length);
    System.err.printf("%s: %s%n", name, result.summary());
    return result;
  }

  private String table() {
    var text = new StringBuilder("%nten links that each read a header and set one%n".formatted());
    text.append("server CPU in µs and allocations in bytes per message; medians of the rounds\n\n");
    text.append(
        "| ten | CPU without | CPU with | one link | B without | B with | one link | rate |\n");
    text.append("| --- | --- | --- | --- | --- | --- | --- | --- |\n");
    pairs.forEach(pair -> text.append(pair.row()));
    return text.toString();
  }

  private record Source(Target target, Callable<Workload> open) {}

  private record Pair(String name, List<Result> without, List<Result> with) {
    boolean isComplete() {
      return sum(without, Figure.LOST) + sum(with, Figure.LOST) == 0;
    }

    String row() {
      var cpu = median(with, Figure.SERVER_CPU) - median(without, Figure.SERVER_CPU);
      var bytes = median(with, Figure.ALLOCATED) - median(without, Figure.ALLOCATED);
      return "| %s | %.2f | %.2f | %.2f | %,.0f | %,.0f | %,.0f | %.2f |%n"
          .formatted(
              name,
              median(without, Figure.SERVER_CPU),
              median(with, Figure.SERVER_CPU),
              cpu / LINKS,
              median(without, Figure.ALLOCATED),
              median(with, Figure.ALLOCATED),
              bytes / LINKS,
              median(with, Figure.RATE) / median(without, Figure.RATE));
    }

    private static double median(List<Result> results, Figure figure) {
      return Report.median(values(results, figure));
    }

    private static double sum(List<Result> results, Figure figure) {
      return Arrays.stream(values(results, figure)).sum();
    }

    private static double[] values(List<Result> results, Figure figure) {
      return results.stream().mapToDouble(r -> r.figures().getOrDefault(figure, 0.0)).toArray();
    }
  }
}
