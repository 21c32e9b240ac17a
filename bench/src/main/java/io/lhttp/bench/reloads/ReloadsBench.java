package io.lhttp.bench.reloads;

import io.lhttp.bench.Args;
import io.lhttp.bench.Driver;
import io.lhttp.bench.Program;
import io.lhttp.bench.Report;
import io.lhttp.bench.rivals.RivalScript;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Changes a rule of each server again and again under connections and load, and prints what that
 * cost: connections, messages, latency, memory.
 */
final class ReloadsBench {
  private static final List<String> OPTIONS =
      List.of("servers", "changes", "minutes", "connections", "rate");

  private static final Map<String, Callable<Changeable>> SERVERS = servers();

  private static final String USAGE =
      """
      usage: bench/run reloads rivals [--servers NAME,…] [--changes N] [--minutes N] [--connections N] [--rate PER-SECOND]
      NAME is one of %s; all of them are the default.
      Makes --changes changes (1,000) of a rule, one after the other, under --connections subscribers (1,000) and a publisher.
      After --minutes (3) no further change of a server begins.
      """
          .formatted(String.join(", ", SERVERS.keySet()));

  /** A change that is not in force after this time counts as failed. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** After this time, the second after a change is measured again. */
  private static final Duration BETWEEN_SAMPLES = Duration.ofSeconds(8);

  private static final Duration BEFORE = Duration.ofSeconds(5);
  private static final Duration SAMPLE = Duration.ofSeconds(1);

  private final Args args;
  private final Driver driver;

  private ReloadsBench(Args args, Driver driver) {
    this.args = args;
    this.driver = driver;
  }

  static void main(String[] line) throws Exception {
    Program.run(USAGE, line, words -> run(Args.parse(words, OPTIONS)));
  }

  private static Map<String, Callable<Changeable>> servers() {
    var servers = new LinkedHashMap<String, Callable<Changeable>>();
    servers.put("ours", () -> OurServer.start(OurServer.Code.JAVASCRIPT, true));
    servers.put("ours-java", () -> OurServer.start(OurServer.Code.JAVA, false));
    servers.put("bun", () -> Rival.server("bun", Crowd.Paths.LHTTP, "hot"));
    servers.put(
        "nchan",
        () -> Rival.server("nchan", new Crowd.Paths("/subscribe", "/publish", false), "0"));
    servers.put("haproxy", () -> Rival.proxy("haproxy"));
    servers.put("caddy", () -> Rival.proxy("caddy"));
    return servers;
  }

  /** Returns whether ours dropped no connection, lost no message and made each change. */
  private static boolean run(Args args) throws Exception {
    if (!args.words().equals(List.of("rivals"))) {
      throw new IllegalArgumentException("expected: rivals");
    }
    var names =
        Arrays.asList(
            args.option("servers").orElse(String.join(",", SERVERS.keySet())).split(", *", -1));
    for (var name : names) {
      if (!SERVERS.containsKey(name)) {
        throw new IllegalArgumentException(
            "unknown server '%s', there are: %s"
                .formatted(name, String.join(", ", SERVERS.keySet())));
      }
    }
    var rows = new StringBuilder();
    var complete = true;
    for (var name : names) {
      try (var driver = new Driver(1)) {
        var result = new ReloadsBench(args, driver).measure(name);
        rows.append(result.row(name));
        complete &= !name.startsWith("ours") || result.isPerfect();
      } catch (RivalScript.MissingException e) {
        rows.append("| %s | missing: %s | | | | | | | | | |%n".formatted(name, e.getMessage()));
      } catch (IOException | TimeoutException | ExecutionException e) {
        if (name.startsWith("ours")) {
          throw e;
        }
        rows.append("| %s | failed: %s | | | | | | | | | |%n".formatted(name, e.getMessage()));
      }
    }
    System.out.print(Result.HEAD + rows);
    return complete;
  }

  @SuppressWarnings("try") // the bench ends if it is interrupted
  private Result measure(String name) throws Exception {
    var connections = args.number("connections", 1_000, 1, 8_000);
    var start = SERVERS.getOrDefault(name, () -> null);
    try (var server = start.call();
        var crowd =
            new Crowd(
                driver,
                server.target(),
                server.paths(),
                connections,
                args.number("rate", 10, 1, 1_000))) {
      System.err.printf("%s: %s, %,d connections%n", name, server.version(), connections);
      driver.drain();
      Thread.sleep(BEFORE);
      var before = p99();
      var memory = server.residentMiB();
      var millis = new ArrayList<Double>();
      var after = new ArrayList<Double>();
      var failed = change(name, server, millis, after);
      var published = crowd.published();
      var lost = crowd.lost();
      return new Result(
          server.version(),
          millis,
          failed,
          crowd.dropped(),
          lost,
          crowd.doubled(),
          published * connections,
          before,
          after,
          memory,
          server.residentMiB());
    }
  }

  /** Makes the changes; returns how many of them did not come into force in time. */
  private int change(String name, Changeable server, List<Double> millis, List<Double> after)
      throws Exception {
    var changes = args.number("changes", 1_000, 1, 100_000);
    var end = System.nanoTime() + TimeUnit.MINUTES.toNanos(args.number("minutes", 3, 1, 600));
    var sampled = System.nanoTime() - BETWEEN_SAMPLES.toNanos();
    var failed = 0;
    for (var number = 1; number <= changes && System.nanoTime() < end; number++) {
      var begin = System.nanoTime();
      server.change(number);
      if (!awaitForce(server, number)) {
        failed++;
        continue;
      }
      millis.add((System.nanoTime() - begin) / 1e6);
      if (System.nanoTime() - sampled >= BETWEEN_SAMPLES.toNanos()) {
        driver.drain();
        Thread.sleep(SAMPLE);
        after.add(p99());
        sampled = System.nanoTime();
        System.err.printf(
            "%s: %d changes, %.0f ms, p99 %.2f ms, %.0f MiB%n",
            name, number, millis.getLast(), after.getLast(), server.residentMiB());
      }
    }
    return failed;
  }

  private static boolean awaitForce(Changeable server, int number) throws Exception {
    var end = System.nanoTime() + PATIENCE.toNanos();
    while (server.inForce() != number) {
      if (System.nanoTime() - end > 0) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(2);
    }
    return true;
  }

  private double p99() throws Exception {
    var latency = driver.drain().latency;
    return latency.count() == 0 ? Double.POSITIVE_INFINITY : latency.percentile(0.99) / 1e6;
  }

  /**
   * The costs of one server's changes.
   *
   * @param millis the time of each change until it was in force
   * @param before the p99 in milliseconds before the first change
   * @param after the p99 in milliseconds of some seconds that follow a change
   */
  private record Result(
      String version,
      List<Double> millis,
      int failed,
      long dropped,
      long lost,
      long doubled,
      long deliveries,
      double before,
      List<Double> after,
      double memoryBefore,
      double memoryAfter) {
    static final String HEAD =
        """

        changes of a rule under connections and load

        | `reloads` | version | changes | failed | in force after, ms | connections dropped | messages lost | doubled | p99 before, ms | p99 in the second after, ms | MiB before and after |
        | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
        """;

    boolean isPerfect() {
      return dropped == 0 && lost == 0 && doubled == 0 && failed == 0;
    }

    String row(String name) {
      return "| %s | %s | %,d | %d | %s | %,d | %,d of %,d | %,d | %.1f | %s | %.0f, %.0f |%n"
          .formatted(
              name,
              version,
              millis.size(),
              failed,
              middleAndMost(millis, "%,.0f"),
              dropped,
              lost,
              deliveries,
              doubled,
              before,
              middleAndMost(after, "%,.1f"),
              memoryBefore,
              memoryAfter);
    }

    /** Formats the median and the greatest value. */
    private static String middleAndMost(List<Double> values, String format) {
      if (values.isEmpty()) {
        return "";
      }
      var all = values.stream().mapToDouble(v -> v).toArray();
      var most = Arrays.stream(all).max().orElseThrow();
      return String.join(", at most ", text(Report.median(all), format), text(most, format));
    }

    /** A p99 is infinite if no message came in its second. */
    private static String text(double value, String format) {
      return Double.isInfinite(value) ? "∞" : String.format(Locale.ROOT, format, value);
    }
  }
}
