package io.lhttp.bench.rivals;

import io.lhttp.bench.Args;
import io.lhttp.bench.Program;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Loads every available server in turn with one driver, and prints a table per mode. */
final class RivalsBench {
  private static final List<String> OPTIONS = List.of("servers", "rounds", "seconds", "transport");

  private static final String USAGE =
      """
      usage: bench/run rivals [MODE…] [--servers NAME,…] [--rounds N] [--seconds N]
                              [--transport auto|io_uring|epoll|nio]
      MODE is one of %s; all of them are the default.
      NAME is one of %s; all of them are the default.
      --transport is that of ours and of the floor. Rivals are fetched at their first use, in the versions that
      bench/rivals/NAME pins; one that can't be had is named with its reason.
      """
          .formatted(Traffic.labels(), Contestant.labels());

  private RivalsBench() {}

  static void main(String[] line) throws Exception {
    Program.run(USAGE, line, words -> run(Args.parse(words, OPTIONS)));
  }

  /** Returns whether neither our server nor the floor lost a message. */
  private static boolean run(Args args) throws Exception {
    var traffics = Traffic.named(args.words());
    var contestants = Contestant.named(args.option("servers").orElse(Contestant.labels()));
    var rounds = args.number("rounds", 5, 1, 100);
    var length = args.seconds("seconds", 2, 60);
    var complete = true;
    try (var running = RunningServers.start(contestants, args)) {
      for (var traffic : traffics) {
        var table = measure(running, traffic, rounds, length);
        System.out.print(table);
        complete &= !table.lost();
      }
      running
          .missing()
          .forEach((c, reason) -> System.out.printf("%nmissing: %s: %s%n", c.label, reason));
    }
    return complete;
  }

  private static Table measure(RunningServers running, Traffic traffic, int rounds, Duration length)
      throws Exception {
    var servers = new ArrayList<>(running.servers(traffic));
    var table = new Table(traffic);
    for (var server : servers) {
      running.warm(server, traffic, length);
    }
    for (var round = 1; round <= rounds; round++) {
      for (var server : servers) {
        System.err.printf("%s %d/%d ", traffic.label(), round, rounds);
        take(running, server, length, table);
      }
      // the order alternates, so that each server comes as often early in a round as late
      Collections.reverse(servers);
    }
    return table;
  }

  /** A rival that stalls misses the round; ours and the floor end the command. */
  private static void take(
      RunningServers running, RunningServer server, Duration length, Table table) throws Exception {
    try {
      var closed = running.closed(server, table.traffic(), length);
      var open = running.open(server, table.traffic(), length);
      table.add(server, closed, open);
      System.err.printf(
          "%s: %,.0f/s, %.2f + %.2f µs, p99 %,.0f µs; others keep %.1f CPUs busy%n",
          server.contestant().label,
          closed.rate(),
          closed.server().user(),
          closed.server().kernel(),
          open.p99(),
          closed.others());
    } catch (StalledException e) {
      if (server.contestant().isHere()) {
        throw e;
      }
      System.err.println(e.getMessage());
      table.stalled(server);
    }
  }
}
