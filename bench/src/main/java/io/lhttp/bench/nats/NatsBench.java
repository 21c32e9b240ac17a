package io.lhttp.bench.nats;

import io.lhttp.bench.AppServer;
import io.lhttp.bench.Args;
import io.lhttp.bench.Driver;
import io.lhttp.bench.FanoutLoad;
import io.lhttp.bench.Figure;
import io.lhttp.bench.Profiler;
import io.lhttp.bench.Program;
import io.lhttp.bench.RateRun;
import io.lhttp.bench.Report;
import io.lhttp.bench.Result;
import io.lhttp.bench.Target;
import io.lhttp.bench.Workload;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/** Measures channels over NATS, each figure beside its goal. */
final class NatsBench {
  private static final List<String> FIGURES =
      List.of("publish-one", "fanout", "subscriptions", "channels", "subscribers", "recovery");

  static final List<String> OPTIONS =
      List.of("rounds", "seconds", "transport", "scale", "profile", "event");

  private static final String USAGE =
      """
      usage: bench/run nats [FIGURE…] [--rounds N] [--seconds N] [--transport auto|io_uring|epoll|nio] [--scale PERCENT]
                            [--profile FILE.html|FILE.collapsed] [--event cpu|alloc|lock]
      FIGURE is one of %s; all of them are the default.
      It needs a nats-server. --scale makes everything smaller; --profile is for one figure.
      """
          .formatted(String.join(", ", FIGURES));

  private static final int BURST = 10_000;
  private static final int WARM_BURSTS = 200;
  private static final int BURSTS = 20;
  private static final int WINDOW = 8;

  /**
   * A rate at which neither NATS nor the server is the bottleneck, and batches have a constant
   * size.
   */
  private static final int PER_SECOND = 50_000;

  private static final int WARM_RECOVERIES = 6;
  private static final String HISTORY = "history: { \"kept-*\": { messages: 200, for: 10m } }\n";

  private final Args args;
  private final TestBed bed;
  private final Driver driver;
  private final List<Goal> goals;

  private NatsBench(Args args, TestBed bed, Driver driver, List<Goal> goals) {
    this.args = args;
    this.bed = bed;
    this.driver = driver;
    this.goals = goals;
  }

  static void main(String[] line) throws Exception {
    Program.run(
        USAGE,
        line,
        words -> {
          var goals = run(Args.parse(words, OPTIONS));
          System.out.printf("%n%s%n", Goal.head());
          goals.forEach(System.out::println);
          return true;
        });
  }

  /** Prints the results as they come; returns the table's rows. */
  static List<Goal> run(Args args) throws Exception {
    var figures = args.words().isEmpty() ? FIGURES : args.words();
    for (var figure : figures) {
      if (!FIGURES.contains(figure)) {
        throw new IllegalArgumentException("unknown figure '" + figure + "'");
      }
    }
    var goals = new ArrayList<Goal>();
    try (var driver = new Driver(1)) {
      for (var figure : figures) {
        // with io_uring several writes share a system call with any server, so this figure uses
        // epoll
        var usual = figure.equals("publish-one") ? "epoll" : "auto";
        try (var bed = new TestBed(args.option("transport").orElse(usual))) {
          new NatsBench(args, bed, driver, goals).take(figure);
        }
      }
    }
    return goals;
  }

  private void take(String figure) throws Exception {
    switch (figure) {
      case "publish-one" -> publishOne();
      case "fanout" -> fanout();
      case "subscriptions" -> subscriptions();
      case "channels" -> channels();
      case "subscribers" -> subscribers();
      default -> recovery();
    }
  }

  private void publishOne() throws Exception {
    try (var floor = bed.naive();
        var server = bed.onNats("");
        var profiler = Profiler.of(args, server.target().pid());
        var naive = new Bursts(driver, floor.listening("naive"), scaled(BURST));
        var ours = new Bursts(driver, server.target(), scaled(BURST))) {
      naive.run(scaled(WARM_BURSTS));
      ours.run(scaled(WARM_BURSTS));
      naive.forget();
      ours.forget();
      profiler.start();
      for (var i = 0; i < rounds(); i++) {
        say(naive.run(scaled(BURSTS)));
        say(ours.run(scaled(BURSTS)));
      }
      var compared = "%s; %s".formatted(ours.summary(), naive.summary());
      goals.add(Goal.atLeast("publish-one", 2, ours.rate() / naive.rate(), compared));
    }
  }

  private void fanout() throws Exception {
    fanout("fanout", WINDOW);
    fanout("fanout, 64 under way", 8 * WINDOW);
  }

  private void fanout(String name, int window) throws Exception {
    var count = scaled(1_000);
    try (var memory = bed.onMemory("");
        var nats = bed.onNats("");
        var profiler = Profiler.of(args, nats.target().pid())) {
      var here = new Source(memory.target(), () -> fanout(memory.target(), count, window));
      var there = new Source(nats.target(), () -> fanout(nats.target(), count, window));
      var pair = measure(profiler, here, there);
      goals.add(Goal.atLeast(name, 0.85, pair.ratio(Figure.RATE), pair.values(Figure.RATE)));
    }
  }

  private void subscriptions() throws Exception {
    var count = scaled(10_000);
    try (var server = bed.onNats("");
        var load = fanout(server.target(), count, 1)) {
      load.probe();
      var there = bed.subscriptions("lhttp.bench");
      var measured = String.format(Locale.ROOT, "%d, %,d subscribers", there, count);
      goals.add(new Goal("subscriptions", "1", measured, there == 1));
    }
  }

  private void channels() throws Exception {
    var many = scaled(100_000);
    channels("channels, one connection", 1, many, 1);
    channels("channels, 100 connections", 100, many, 100);
    alone(many);
  }

  /** Measures jnats without our server, with one subject and with many. */
  private void alone(int channels) throws Exception {
    var words = new ArrayList<>(args.passedOn(List.of("rounds", "seconds")));
    words.addAll(List.of("--channels", Integer.toString(channels)));
    words.addAll(List.of("--per-second", Integer.toString(PER_SECOND)));
    var pair = new Pair(new ArrayList<>(), new ArrayList<>());
    for (var result : bed.bare(words)) {
      (pair.first.size() > pair.second.size() ? pair.second : pair.first).add(result);
    }
    say("jnats alone, one subject and %,d: ".formatted(channels) + pair.costs());
  }

  private void channels(String name, int few, int many, int connections) throws Exception {
    try (var server = bed.onNats("");
        var profiler = Profiler.of(args, server.target().pid())) {
      var one = new Source(server.target(), () -> spread(server, few, connections));
      var all = new Source(server.target(), () -> spread(server, many, connections));
      var pair = measure(profiler, one, all);
      goals.add(Goal.atMost(name, 1.3, pair.ratio(Figure.SERVER_CPU), pair.both()));
    }
  }

  private void subscribers() throws Exception {
    try (var server = bed.onNats("");
        var profiler = Profiler.of(args, server.target().pid())) {
      var pair = subscribers(profiler, server.target());
      goals.add(Goal.atMost("subscribers", 1.3, pair.ratio(Figure.SERVER_CPU), pair.both()));
    }
    try (var floor = bed.floor()) {
      var pair = subscribers(Profiler.NONE, floor.listening("floor"));
      say("Netty alone, as many subscribers: " + pair.costs());
    }
  }

  private Pair subscribers(Profiler profiler, Target target) throws Exception {
    var few = new Source(target, () -> fanout(target, scaled(100), 1));
    var many = new Source(target, () -> fanout(target, scaled(9_000), 1));
    return measure(profiler, few, many);
  }

  private void recovery() throws Exception {
    for (var channels : List.of(scaled(10), scaled(1_000))) {
      try (var memory = bed.onMemory(HISTORY);
          var nats = bed.onNats(HISTORY)) {
        recovery("recovery, memory", memory, channels);
        recovery("recovery, JetStream", nats, channels);
      }
    }
  }

  private void recovery(String name, AppServer server, int channels) throws Exception {
    var run = new RecoveryRun(driver, server, scaled(1_000), channels, scaled(100));
    try (var profiler = Profiler.of(args, server.target().pid());
        var live = new LiveChannel(server.target())) {
      for (var warm = 0; warm < WARM_RECOVERIES; warm++) {
        run.run(live);
      }
      profiler.start();
      var took = new double[rounds()];
      var latest = new double[rounds()];
      for (var i = 0; i < took.length; i++) {
        took[i] = run.run(live);
        latest[i] = live.longestMillis();
        say(
            String.format(
                Locale.ROOT, "%s: %.2f s, live at most %.0f ms", name, took[i], latest[i]));
      }
      var worst = Arrays.stream(latest).max().orElseThrow();
      var measured =
          String.format(
              Locale.ROOT,
              "%.0f ms at most, %.0f at the median; %,d channels; back in %.2f s",
              worst,
              Report.median(latest),
              channels,
              Report.median(took));
      goals.add(new Goal(name, "≤ 100 ms", measured, worst <= 100));
    }
  }

  private FanoutLoad fanout(Target target, int subscribers, int window) throws Exception {
    return new FanoutLoad(driver, target, subscribers, window);
  }

  private SpreadLoad spread(AppServer server, int channels, int connections) throws Exception {
    var load = new SpreadLoad(driver, server.target(), channels, connections, 1 << 14, PER_SECOND);
    // a first run, not measured, while the subscriptions' garbage is collected
    load.start();
    Thread.sleep(length());
    load.stop();
    driver.settle();
    return load;
  }

  /** Measures the two sources in turn. */
  private Pair measure(Profiler profiler, Source first, Source second) throws Exception {
    for (var source : List.of(first, second)) {
      RateRun.warm(driver, source.open, length().multipliedBy(4));
    }
    profiler.start();
    var pair = new Pair(new ArrayList<>(), new ArrayList<>());
    for (var i = 0; i < rounds(); i++) {
      pair.first.add(measure(first));
      pair.second.add(measure(second));
    }
    return pair;
  }

  private Result measure(Source source) throws Exception {
    var result = RateRun.measure(driver, 1, source.target, source.open, length());
    say(result.summary());
    return result;
  }

  private int rounds() {
    return args.number("rounds", 3, 1, 100);
  }

  private Duration length() {
    return args.seconds("seconds", 3, 60);
  }

  private int scaled(int size) {
    return Math.max(1, size * args.number("scale", 100, 1, 100) / 100);
  }

  private static void say(String line) {
    System.out.println("  " + line);
  }

  private record Source(Target target, Callable<? extends Workload> open) {}

  private record Pair(List<Result> first, List<Result> second) {
    double ratio(Figure figure) {
      return median(second, figure) / median(first, figure);
    }

    String values(Figure figure) {
      return figure.format(median(first, figure)) + " and " + figure.format(median(second, figure));
    }

    /** The ratio of the two CPU times of the server, and the times. */
    String costs() {
      var ratio = ratio(Figure.SERVER_CPU);
      return String.format(Locale.ROOT, "%.2f (%s µs)", ratio, values(Figure.SERVER_CPU));
    }

    /** The two CPU times of the server, and the two rates of publications. */
    String both() {
      return "%s µs; %s/s".formatted(values(Figure.SERVER_CPU), values(Figure.RATE));
    }

    private static double median(List<Result> results, Figure figure) {
      return Report.median(
          results.stream().mapToDouble(r -> r.figures().getOrDefault(figure, 0.0)).toArray());
    }
  }
}
