package io.lhttp.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Loads our server with and without a thousand drippers, in turn. At the end the server must have
 * closed every dripper.
 */
final class DrippersRun {
  private static final int DRIPPERS = 1_000;
  private static final int ROUNDS = 3;
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(60);

  private DrippersRun() {}

  static List<Result> measure(Args args, List<String> serverFlags, List<String> driverFlags)
      throws Exception {
    var results = new ArrayList<Result>();
    var transport = List.of("--transport", args.option("transport").orElse("auto"));
    try (var server = ChildJvm.start(serverFlags, BenchServer.class, transport)) {
      var ours = server.listening(Report.OURS);
      var without = new Target(Report.FLOOR, ours.address(), ours.pid());
      for (var i = 0; i < args.number("rounds", ROUNDS, 1, 100); i++) {
        results.addAll(load(args, driverFlags, without));
        try (var drippers = new Drippers(ours.address(), DRIPPERS)) {
          results.addAll(load(args, driverFlags, ours));
          results.add(closed(drippers));
        }
      }
    }
    return results;
  }

  private static Result closed(Drippers drippers) throws InterruptedException, IOException {
    var begin = System.nanoTime();
    while (drippers.ended() < DRIPPERS) {
      if (System.nanoTime() - begin > PATIENCE) {
        throw new IOException("drippers stay open");
      }
      Thread.sleep(50);
    }
    var figures = new EnumMap<Figure, Double>(Figure.class);
    figures.put(Figure.LONGEST, drippers.longest());
    var result = new Result(Report.OURS, figures);
    System.out.println("  " + result.summary());
    return result;
  }

  private static List<Result> load(Args args, List<String> flags, Target target) throws Exception {
    return ChildJvm.results(
        flags, Load.class, Load.oneRound(args, Mode.DRIPPERS.label(), target.toString()));
  }
}
