package io.lhttp.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Runs our server and the minimal {@link FloorServer}, each in its own JVM with the same flags and
 * transport. Loads them in turn with one driver, and prints their ratio.
 */
public final class Bench {
  static final List<String> DRIVER_FLAGS =
      List.of(
          "-Xmx1g",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "-Dio.netty.leakDetection.level=disabled");

  /** The flags of {@code lhttp serve}. */
  public static final List<String> FLAGS =
      List.of(
          "-XX:+UseCompactObjectHeaders",
          "-Xms16m",
          "-XX:GCTimeRatio=49",
          "-XX:MinHeapFreeRatio=10",
          "-XX:MaxHeapFreeRatio=20",
          "-XX:G1PeriodicGCInterval=60000",
          "-XX:TrimNativeHeapInterval=60000",
          "-XX:G1HeapRegionSize=1m",
          "-Dio.netty.leakDetection.level=disabled",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow");

  /** The flags of every server. */
  public static final List<String> SERVER_FLAGS =
      Stream.concat(Stream.of("-Xmx512m"), FLAGS.stream()).toList();

  private static final String USAGE =
      """
      usage: bench/run [MODE…] [--rounds N] [--warmups N] [--seconds N] [--transport auto|io_uring|epoll|nio]
                       [--connections N] [--window N] [--threads N]
                       [--profile FILE.html|FILE.collapsed] [--event cpu|alloc|lock]
             bench/run script [FIGURE…], see bench/run script --help
             bench/run nats [FIGURE…], see bench/run nats --help
             bench/run rivals [MODE…], see bench/run rivals --help
             bench/run links [FIGURE…], see bench/run links --help
             bench/run reloads rivals, see bench/run reloads --help
             bench/run guard [--record yes], see bench/run guard --help
             bench/run memory [--after MINUTES], see bench/run memory --help
             bench/run first-seconds [--servers ours,bun,…], see bench/run first-seconds --help
             bench/run jmh [NAME] [JMH's own options]
             bench/run rolling [--connections N] [--cap PER-SECOND]
             bench/run cluster [kill-server|restart-server|kill-nats|stall|drop|reset…] [--faults N] [--messages N] [--rate PER-SECOND] [--longest SECONDS] [--seed N]
             bench/run fuzz [--seconds N]
      MODE is one of those below, fanout (both sizes) or all, the default.
      """;

  private Bench() {}

  static void main(String[] line) throws Exception {
    Program.run(usage(), line, Bench::run);
  }

  private static String usage() {
    return USAGE + "  " + Mode.labels() + System.lineSeparator();
  }

  private static boolean run(List<String> line) throws Exception {
    var known = Stream.concat(Load.OPTIONS.stream(), Stream.of("transport", "profile", "event"));
    var args = Args.parse(line, known.toList());
    Io.named(transport(args));
    var complete = true;
    for (var mode : modes(args.words())) {
      var report = measure(mode, args);
      System.out.println(report);
      complete &= !report.lost();
    }
    return complete;
  }

  private static String transport(Args args) {
    return args.option("transport").orElse("auto");
  }

  static List<Mode> modes(List<String> words) {
    return words.isEmpty() || words.equals(List.of("all"))
        ? List.of(Mode.values())
        : words.stream()
            .flatMap(word ->
                word.equals("fanout")
                    ? Stream.of(Mode.FANOUT_100, Mode.FANOUT_1000)
                    : Stream.of(Mode.named(word)))
            .toList();
  }

  private static Report measure(Mode mode, Args args) throws Exception {
    if (mode == Mode.UPSTREAM) {
      return new Report(mode, UpstreamRun.measure(args, SERVER_FLAGS, DRIVER_FLAGS));
    }
    if (mode == Mode.FORWARD) {
      return new Report(mode, UpstreamRun.beside(args, SERVER_FLAGS, DRIVER_FLAGS));
    }
    if (mode == Mode.DRIPPERS) {
      return new Report(mode, DrippersRun.measure(args, SERVER_FLAGS, DRIVER_FLAGS));
    }
    var results = new ArrayList<Result>();
    // each round starts new servers, because the growth would lack the memory that an earlier round
    // left allocated
    var starts = mode == Mode.IDLE ? args.number("rounds", 3, 1, 100) : 1;
    for (var i = 0; i < starts; i++) {
      results.addAll(beside(mode, args));
    }
    return new Report(mode, results);
  }

  private static List<Result> beside(Mode mode, Args args) throws Exception {
    var transport = List.of("--transport", transport(args));
    try (var floor = floor(mode, transport);
        var ours = ChildJvm.start(SERVER_FLAGS, BenchServer.class, ours(mode, transport));
        var profiler = Profiler.of(args, ours.pid())) {
      var words = new ArrayList<String>();
      words.add(mode.label());
      words.add(floor.listening(Report.FLOOR).toString());
      words.add(ours.listening(Report.OURS).toString());
      words.addAll(args.passedOn(Load.OPTIONS));
      return ChildJvm.results(DRIVER_FLAGS, Load.class, words, profiler);
    }
  }

  /**
   * Starts the server that ours is compared with: the floor server, or with {@link Mode#METRICS}
   * ours without statistics.
   */
  private static ChildJvm floor(Mode mode, List<String> transport) throws IOException {
    return mode == Mode.METRICS
        ? ChildJvm.start(SERVER_FLAGS, BenchServer.class, and(transport, "--statistics", "off"))
        : ChildJvm.start(SERVER_FLAGS, FloorServer.class, transport);
  }

  private static List<String> ours(Mode mode, List<String> transport) {
    return mode == Mode.FILTERS ? and(transport, "--filters", "yes") : transport;
  }

  private static List<String> and(List<String> words, String... more) {
    return Stream.concat(words.stream(), Stream.of(more)).toList();
  }
}
