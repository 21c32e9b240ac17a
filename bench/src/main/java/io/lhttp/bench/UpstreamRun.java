package io.lhttp.bench;

import java.io.IOException;
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
        results.addAll(results(serverFlags, BareOkHttp.class, with(args, address)));
        var words = new ArrayList<>(transport);
        words.addAll(List.of("--backend", address));
        try (var ours = ChildJvm.start(serverFlags, BenchServer.class, words)) {
          var server = ours.listening(Report.OURS).toString();
          results.addAll(
              results(driverFlags, Load.class, with(args, Mode.UPSTREAM.label(), server)));
        }
      }
    }
    return results;
  }

  private static List<String> with(Args args, String... first) {
    var words = new ArrayList<>(List.of(first));
    for (var name : Load.OPTIONS) {
      if (!name.equals("rounds")) {
        args.option(name).ifPresent(value -> words.addAll(List.of("--" + name, value)));
      }
    }
    if (args.option("warmups").isEmpty()) {
      words.addAll(List.of("--warmups", "3"));
    }
    words.addAll(List.of("--rounds", "1"));
    return words;
  }

  private static List<Result> results(List<String> flags, Class<?> main, List<String> words)
      throws Exception {
    var results = new ArrayList<Result>();
    try (var child = ChildJvm.start(flags, main, words)) {
      for (var line = child.line(); line != null; line = child.line()) {
        Result.parse(line)
            .ifPresent(result -> {
              results.add(result);
              System.out.println("  " + result.summary());
            });
      }
      if (child.end() != 0) {
        throw new IOException(main.getSimpleName() + " failed");
      }
    }
    return results;
  }
}
