package io.lhttp.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * Loads one HTTP server by our server's filter and by bare OkHttp, in turn, with as many requests
 * in flight; each in a JVM of its own that is new for every round.
 */
final class UpstreamRun {
  private static final int ROUNDS = 3;

  private UpstreamRun() {}

  static List<Result> measure(Args args, List<String> serverFlags, List<String> driverFlags)
      throws Exception {
    var results = new ArrayList<Result>();
    var transport = List.of("--transport", args.option("transport").orElse("auto"));
    try (var backend = ChildJvm.start(serverFlags, Backend.class, transport)) {
      var target = backend.listening("backend").address();
      var address = target.getAddress().getHostAddress() + ":" + target.getPort();
      for (var i = 0; i < args.number("rounds", ROUNDS, 1, 100); i++) {
        results.addAll(ChildJvm.results(serverFlags, BareOkHttp.class, with(args, address)));
        var words = new ArrayList<>(transport);
        words.addAll(List.of("--backend", address));
        try (var ours = ChildJvm.start(serverFlags, BenchServer.class, words);
            var profiler = Profiler.of(args, ours.pid())) {
          var server = ours.listening(Report.OURS).toString();
          results.addAll(
              ChildJvm.results(
                  driverFlags, Load.class, with(args, Mode.UPSTREAM.label(), server), profiler));
        }
      }
    }
    return results;
  }

  /** The same with a bare WebSocket server, which forwards by bare OkHttp, in the floor's place. */
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

  private static List<String> with(Args args, String... first) {
    var words = Load.oneRound(args, first);
    if (args.option("warmups").isEmpty()) {
      words.addAll(List.of("--warmups", "3"));
    }
    return words;
  }
}
