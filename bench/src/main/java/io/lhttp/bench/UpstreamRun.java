package io.lhttp.bench;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;

/**
 * Loads one HTTP server with our server's filter and with bare OkHttp, in turn, with equally many
 * concurrent requests, each in a JVM of its own.
 */
final class UpstreamRun {
  private static final int ROUNDS = 10;

  private UpstreamRun() {}

  static List<Result> measure(Args args, List<String> serverFlags, List<String> driverFlags)
      throws Exception {
    var results = new ArrayList<Result>();
    var transport = List.of("--transport", args.option("transport").orElse("auto"));
    try (var backend = ChildJvm.start(serverFlags, Backend.class, transport)) {
      var target = backend.listening("backend").address();
      var address = target.getAddress().getHostAddress() + ":" + target.getPort();
      var words = new ArrayList<>(transport);
      words.addAll(List.of("--backend", address));
      try (var ours = ChildJvm.start(serverFlags, BenchServer.class, words);
          var bare = ChildJvm.start(serverFlags, BareOkHttp.class, turns(args, address));
          var load =
              ChildJvm.start(
                  driverFlags,
                  Load.class,
                  turns(args, Mode.UPSTREAM.label(), ours.listening(Report.OURS).toString()));
          var profiler = Profiler.of(args, ours.pid())) {
        bare.turn();
        load.turn();
        profiler.start();
        for (var i = 0; i < args.number("rounds", ROUNDS, 1, 100); i++) {
          for (var side : List.of(bare, load)) {
            side.turn()
                .map(UpstreamRun::withoutDriver)
                .ifPresent(result -> {
                  results.add(result);
                  System.out.println("  " + result.summary());
                });
          }
        }
      }
    }
    return results;
  }

  /**
   * Runs the comparison with a bare WebSocket server, which forwards with bare OkHttp, in the
   * floor's place.
   */
  static List<Result> beside(Args args, List<String> serverFlags, List<String> driverFlags)
      throws Exception {
    var transport = List.of("--transport", args.option("transport").orElse("auto"));
    try (var backend = ChildJvm.start(serverFlags, Backend.class, transport)) {
      var target = backend.listening("backend").address();
      var words = new ArrayList<>(transport);
      words.addAll(
          List.of("--backend", target.getAddress().getHostAddress() + ":" + target.getPort()));
      try (var floor = ChildJvm.start(serverFlags, FloorServer.class, words);
          var ours = ChildJvm.start(serverFlags, BenchServer.class, words);
          var profiler = Profiler.of(args, ours.pid())) {
        var load = new ArrayList<String>();
        load.add(Mode.FORWARD.label());
        load.add(floor.listening(Report.FLOOR).toString());
        load.add(ours.listening(Report.OURS).toString());
        load.addAll(args.passedOn(Load.OPTIONS));
        return ChildJvm.results(driverFlags, Load.class, load, profiler);
      }
    }
  }

  /** Bare OkHttp needs no driver, so the driver's CPU time is removed. */
  private static Result withoutDriver(Result result) {
    var figures = new EnumMap<>(result.figures());
    var rate = figures.getOrDefault(Figure.RATE, 0.0);
    var driver = figures.getOrDefault(Figure.DRIVER_CPU, 0.0) * rate / 1e6 / RateRun.CORES;
    figures.put(Figure.RATE_WITHOUT_DRIVER, rate / (1 - driver));
    return new Result(result.server(), figures);
  }

  private static List<String> turns(Args args, String... first) {
    var words = new ArrayList<>(List.of(first));
    words.addAll(args.passedOn(Load.OPTIONS));
    words.addAll(List.of("--turns", "yes"));
    if (args.option("rounds").isEmpty()) {
      words.addAll(List.of("--rounds", Integer.toString(ROUNDS)));
    }
    return words;
  }
}
