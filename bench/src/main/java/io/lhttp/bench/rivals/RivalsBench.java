package io.lhttp.bench.rivals;

import io.lhttp.bench.Args;
import io.lhttp.bench.Driver;
import io.lhttp.bench.Program;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Loads every available server in turn with one driver, and prints a table per mode. */
final class RivalsBench {
  private static final List<String> OPTIONS =
      List.of("servers", "rounds", "seconds", "minutes", "transport", "loops");

  private static final List<Traffic> TRAFFICS = List.of(Traffic.values());

  private static final String USAGE =
      """
      usage: bench/run rivals [MODE…] [--servers NAME,…] [--rounds N] [--seconds N] [--minutes N]
                              [--transport auto|io_uring|epoll|nio] [--loops N]
      MODE is one of %s; all of them are the default.
      NAME is one of %s; all of them are the default.
      --transport is that of ours and of the floor, --loops the number of our event loops. After --minutes, 10 by default, no further round of a mode begins.
      Rivals are fetched at their first use, in the versions that bench/rivals/NAME pins; one that can't be had is
      named with its reason.
      """
          .formatted(Traffic.labels(TRAFFICS), Contestant.labels());

  private final Args args;
  private final List<Contestant> contestants;
  private final int rounds;
  private final Duration length;
  private final long budgetNanos;

  private RivalsBench(Args args) {
    this.args = args;
    this.contestants = Contestant.named(args.option("servers").orElse(Contestant.labels()));
    this.rounds = args.number("rounds", 5, 1, 100);
    this.length = args.seconds("seconds", 2, 60);
    this.budgetNanos = TimeUnit.MINUTES.toNanos(args.number("minutes", 10, 1, 600));
  }

  static void main(String[] line) throws Exception {
    Program.run(USAGE, line, words -> new RivalsBench(Args.parse(words, OPTIONS)).run());
  }

  /** Returns whether neither our server nor the floor lost a message. */
  private boolean run() throws Exception {
    var traffics = Traffic.named(args.words(), TRAFFICS);
    var loads = traffics.stream().filter(traffic -> traffic != Traffic.IDLE).toList();
    var complete = true;
    if (!loads.isEmpty()) {
      try (var running = RunningServers.start(contestants, args)) {
        for (var traffic : loads) {
          var table = measure(running, traffic);
          System.out.print(table);
          complete &= !table.lost();
        }
      }
    }
    if (traffics.contains(Traffic.IDLE)) {
      System.out.print(idle());
    }
    return complete;
  }

  private Table measure(RunningServers running, Traffic traffic) throws Exception {
    var end = System.nanoTime() + budgetNanos;
    var servers = running.servers(traffic);
    var table = new Table(traffic);
    for (var contestant : contestants) {
      contestant.obstacle(traffic).ifPresent(reason -> table.absent(contestant, reason));
    }
    running.missing().forEach((c, reason) -> table.absent(c, "missing: " + reason));
    var warm = new ArrayList<RunningServer>();
    for (var server : servers) {
      if (attempt(running, server, table, () -> running.warm(server, traffic, length))) {
        warm.add(server);
      }
    }
    for (var round = 1; round <= rounds && (round == 1 || System.nanoTime() < end); round++) {
      for (var server : warm) {
        System.err.printf("%s %d/%d ", traffic.label(), round, rounds);
        attempt(running, server, table, () -> take(running, server, table));
      }
      // the order alternates, so that each server comes as often early in a round as late
      Collections.reverse(warm);
    }
    return table;
  }

  private void take(RunningServers running, RunningServer server, Table table) throws Exception {
    if (table.traffic().isOpenAlone()) {
      var open = running.open(server, table.traffic(), length);
      table.add(server, open);
      say(server, open, open);
      return;
    }
    var closed = running.closed(server, table.traffic(), length);
    var open = running.open(server, table.traffic(), length);
    table.add(server, closed, open);
    say(server, closed, open);
  }

  private static void say(RunningServer server, Measurement rated, Measurement open) {
    System.err.printf(
        "%s: %,.0f/s, %.2f + %.2f µs, p99 %,.0f µs; others keep %.1f CPUs busy%n",
        server.contestant().label,
        rated.rate(),
        rated.server().user(),
        rated.server().kernel(),
        open.p99(),
        rated.others());
  }

  /**
   * Takes a step with a server. A rival that fails misses it; a failure of ours or of the floor
   * ends the command.
   *
   * @return whether the step succeeded
   */
  private static boolean attempt(
      RunningServers running, RunningServer server, Table table, Step step) throws Exception {
    try {
      step.run();
      return true;
    } catch (IOException | TimeoutException | ExecutionException e) {
      if (server.contestant().isHere()) {
        throw e;
      }
      System.err.printf("%s: %s%n", server.contestant().label, reason(e));
      table.failed(server, reason(e));
      running.forget();
      return false;
    }
  }

  /** Measures new servers one after the other, as an earlier load would leave its memory behind. */
  private IdleTable idle() throws Exception {
    var end = System.nanoTime() + budgetNanos;
    var table = new IdleTable();
    for (var round = 1; round <= rounds && (round == 1 || System.nanoTime() < end); round++) {
      for (var contestant : contestants) {
        System.err.printf("idle %d/%d %s%n", round, rounds, contestant.label);
        idle(contestant, table);
      }
    }
    return table;
  }

  private void idle(Contestant contestant, IdleTable table) throws Exception {
    try (var server = RunningServer.start(contestant, args);
        var driver = new Driver(1)) {
      table.add(server, Idle.measure(driver, server));
    } catch (IOException | TimeoutException | ExecutionException e) {
      if (contestant.isHere() && !(e instanceof RivalScript.MissingException)) {
        throw e;
      }
      System.err.printf("%s: %s%n", contestant.label, reason(e));
      table.absent(contestant, reason(e));
    }
  }

  private static String reason(Exception e) {
    var message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }

  @FunctionalInterface
  private interface Step {
    void run() throws Exception;
  }
}
