package io.lhttp.bench.rivals;

import io.lhttp.bench.Args;
import io.lhttp.bench.Program;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Detects a loss of speed: compares our CPU per message with that of the floor and of a rival,
 * taken in the same round, and the ratios with those in the repository.
 */
final class Guard {
  private static final List<Contestant> CONTESTANTS =
      List.of(Contestant.OURS, Contestant.FLOOR, Contestant.BUN);
  private static final List<String> OPTIONS = List.of("rounds", "seconds", "transport");
  private static final String RECORD = "--record";

  /**
   * After this time no further mode begins, so that a run takes three minutes at most without its
   * build.
   */
  private static final Duration BUDGET = Duration.ofSeconds(150);

  /** If other programs keep more CPUs busy, the ratios of so short a run vary by 20 %. */
  private static final double BUSY = 0.5;

  /** The least number of rounds for a meaningful median, with any budget. */
  private static final int LEAST_ROUNDS = 3;

  private static final Duration WARM_UP = Duration.ofSeconds(1);

  private static final String USAGE =
      """
      usage: bench/run guard [MODE…] [--record] [--rounds N] [--seconds N] [--transport auto|io_uring|epoll|nio]
      MODE is one of %s; all of them are the default.
      Fails where we cost over 10 %% more CPU per message than bench/guard.json says, beside the floor and the rival.
      --record writes new figures there instead.
      """
          .formatted(Traffic.labels(Traffic.guarded()));

  private final RunningServers running;
  private final List<Traffic> traffics;
  private final Ratios ratios;
  private final Duration length;
  private final long end;
  private final List<Double> others = new ArrayList<>();
  private long lost;

  private Guard(
      RunningServers running, List<Traffic> traffics, Ratios ratios, Duration length, long end) {
    this.running = running;
    this.traffics = traffics;
    this.ratios = ratios;
    this.length = length;
    this.end = end;
  }

  static void main(String[] line) throws Exception {
    Program.run(
        USAGE,
        line,
        words -> {
          var options = new ArrayList<>(words);
          var record = options.remove(RECORD);
          return run(Args.parse(options, OPTIONS), record);
        });
  }

  /** Returns whether neither speed nor a message was lost. */
  private static boolean run(Args args, boolean record) throws Exception {
    var end = System.nanoTime() + BUDGET.toNanos();
    var traffics = Traffic.named(args.words(), Traffic.guarded());
    var ratios = new Ratios(References.read(References.FILE));
    try (var running = RunningServers.start(CONTESTANTS, args)) {
      var guard = new Guard(running, traffics, ratios, args.seconds("seconds", 1, 60), end);
      guard.measure(args.number("rounds", 9, 1, 100));
      var comparisons = ratios.comparisons();
      System.out.printf("%nour CPU per message / theirs, medians of the rounds%n");
      System.out.println(Comparison.head());
      comparisons.forEach(System.out::println);
      var busy = guard.others.stream().mapToDouble(o -> o).average().orElse(0);
      if (busy > BUSY) {
        System.out.printf("other programs kept %.1f CPUs busy: a quiet machine tells more%n", busy);
      }
      if (guard.lost > 0) {
        System.out.printf("%d messages were lost%n", guard.lost);
      }
      if (record) {
        References.record(comparisons, References.FILE);
        System.out.println("recorded in " + References.FILE);
        return guard.lost == 0;
      }
      var losses = ratios.losses(traffics);
      losses.forEach(loss -> System.out.printf("LOST: %s, beside every other%n", loss.label()));
      ratios.doubts(traffics).stream()
          .filter(doubt -> !losses.contains(doubt))
          .forEach(doubt ->
              System.out.printf(
                  "over beside one alone: %s; if Netty or the JVM changed, compare with the last"
                      + " commit%n",
                  doubt.label()));
      return losses.isEmpty() && guard.lost == 0;
    }
  }

  private void measure(int rounds) throws Exception {
    for (var traffic : traffics) {
      for (var server : running.servers(traffic)) {
        running.warm(server, traffic, WARM_UP);
      }
    }
    for (var round = 0; round < rounds && (round < LEAST_ROUNDS || timeLeft()); round++) {
      for (var traffic : traffics) {
        if (round < LEAST_ROUNDS || timeLeft()) {
          round(traffic, round);
        }
      }
    }
    for (var round = 0; timeLeft() && !ratios.doubts(traffics).isEmpty(); round++) {
      for (var traffic : ratios.doubts(traffics)) {
        round(traffic, round); // further rounds show whether a loss of speed was noise
      }
    }
  }

  private boolean timeLeft() {
    return System.nanoTime() < end;
  }

  private void round(Traffic traffic, int round) throws Exception {
    var servers = new ArrayList<>(running.servers(traffic));
    if (round % 2 == 1) {
      Collections.reverse(servers);
    }
    for (var server : servers) {
      var stretch = running.closed(server, traffic, length);
      lost += stretch.lost();
      others.add(stretch.others());
      ratios.add(traffic, server.contestant(), stretch.server().micros());
    }
  }
}
