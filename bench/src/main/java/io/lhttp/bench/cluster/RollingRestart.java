package io.lhttp.bench.cluster;

import io.lhttp.bench.Args;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Restarts three servers one after the other while clients are connected: the servers drain, the
 * clients reconnect at a bounded rate, and miss no message on channels with a history.
 *
 * @param connections the subscribed connections of all servers
 * @param perSecond the connections that a draining server may close per second
 */
record RollingRestart(int connections, int perSecond) {
  private static final int CHANNELS = 10;
  private static final int PUBLISHERS = 3;
  private static final int PUBLICATIONS_PER_SECOND = 5;
  private static final int AT_ONCE = 100;

  private static final String HISTORY = "history: { \"kept-*\": { messages: 1000, for: 10m } }\n";

  /**
   * The result.
   *
   * @param mostInASecond the most connection attempts at any server within any second
   */
  record Seen(Verdict verdict, int returns, int mostInASecond) {}

  static void main(String[] line) throws Exception {
    try {
      var args = Args.parse(List.of(line), List.of("connections", "cap"));
      var run =
          new RollingRestart(
              args.number("connections", 5_000, 1, 12_000), args.number("cap", 500, 10, 100_000));
      System.exit(run.report(System.out::println) ? 0 : 1);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(2);
    }
  }

  private String drain() {
    return "drain: { deadline: 60s, per-second: %d, retry-after: 1s }\n".formatted(perSecond);
  }

  /**
   * The most connections that a drain may close within one second: the configured number, and
   * before that a first group of a tenth of this number.
   */
  int cap() {
    return perSecond + perSecond / 10;
  }

  private boolean report(Consumer<String> out) throws Exception {
    var seen = run(out);
    out.accept(seen.verdict.toString());
    out.accept(
        String.format(
            Locale.ROOT,
            "%,d returns of %,d connections, at most %d in any second; the cap is %d and a tenth",
            seen.returns,
            connections,
            seen.mostInASecond,
            perSecond));
    var good = seen.verdict.good(true) && seen.mostInASecond <= cap();
    out.accept(good ? "as it should be" : "NOT as it should be");
    return good;
  }

  Seen run(Consumer<String> out) throws Exception {
    try (var folder = new Scratch();
        var cluster = Cluster.start(folder.path(), drain() + HISTORY)) {
      var arrivals = new Arrivals();
      var traffic =
          new Traffic(publishers(cluster.nodes()), subscribers(cluster.nodes(), arrivals), AT_ONCE);
      traffic.start();
      arrivals.clear();
      for (var node : cluster.nodes()) {
        var begin = System.nanoTime();
        node.terminate();
        node.restart();
        node.awaitReady();
        traffic.awaitProgress();
        out.accept(
            String.format(
                Locale.ROOT, "a server is back after %.1f s", (System.nanoTime() - begin) / 1e9));
      }
      var verdict = traffic.stop().verdict();
      return new Seen(verdict, arrivals.count(), arrivals.mostInASecond());
    }
  }

  private static List<Publisher> publishers(List<Node> nodes) {
    var channels = IntStream.range(0, CHANNELS).mapToObj(RollingRestart::channel).toList();
    var publishers = new ArrayList<Publisher>();
    for (var i = 0; i < PUBLISHERS; i++) {
      publishers.add(
          new InsistentPublisher(
              "p" + i, nodes, i % nodes.size(), channels, PUBLICATIONS_PER_SECOND));
    }
    return publishers;
  }

  private List<Subscriber> subscribers(List<Node> nodes, Arrivals arrivals) {
    return IntStream.range(0, connections)
        .mapToObj(i ->
            new Subscriber(
                "s" + i, nodes, i % nodes.size(), List.of(channel(i % CHANNELS)), true, arrivals))
        .toList();
  }

  private static String channel(int i) {
    return Traffic.KEPT + i;
  }
}
