package io.lhttp.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The load driver: loads its targets in turn, round by round, and prints a {@link Result} for each.
 * It is a process of its own, so that its CPU time is not the server's.
 *
 * @param rounds the number of measurements of each target; for an idle one 1, because memory
 *     returns late
 * @param warmups the number of warm-ups before
 * @param window messages under way, per connection or per publisher
 * @param threads of the driver: one is enough, and leaves the other CPUs to the server
 * @param length the time of a measurement; with {@link Mode#IDLE} the pause in which memory is
 *     steady
 */
record Load(
    Mode mode,
    List<Target> targets,
    int connections,
    int window,
    int threads,
    int rounds,
    int warmups,
    Duration length) {
  /** The line that says that the servers are warm. */
  static final String WARM = "warm";

  static final List<String> OPTIONS =
      List.of("connections", "window", "threads", "rounds", "warmups", "seconds");

  private static final int MOST_CONNECTIONS = 12_000;

  static void main(String[] line) throws Exception {
    try {
      var args = Args.parse(List.of(line), TurnSignals.and(OPTIONS));
      of(args).run(TurnSignals.of(args), System.out::println);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(2);
    }
  }

  /** The command line of a run of one round. */
  static List<String> oneRound(Args args, String... first) {
    var words = new ArrayList<>(List.of(first));
    words.addAll(args.passedOn(OPTIONS.stream().filter(name -> !name.equals("rounds")).toList()));
    words.addAll(List.of("--rounds", "1"));
    return words;
  }

  /** {@code MODE NAME=ADDRESS:PORT@PID … --option value …}. */
  static Load of(Args args) {
    if (args.words().size() < 2) {
      throw new IllegalArgumentException(
          "usage: MODE NAME=ADDRESS:PORT@PID… [--%s N], MODE is one of %s"
              .formatted(String.join(" N] [--", OPTIONS), Mode.labels()));
    }
    var mode = Mode.named(args.words().getFirst());
    var idle = mode == Mode.IDLE;
    return new Load(
        mode,
        args.words().stream().skip(1).map(Target::parse).toList(),
        args.number("connections", mode.connections, 1, MOST_CONNECTIONS),
        Integer.highestOneBit(args.number("window", mode.window, 1, 1024)),
        args.number("threads", 1, 1, 16),
        idle ? 1 : args.number("rounds", 5, 1, 100),
        idle ? 0 : args.number("warmups", 2, 0, 100),
        args.seconds("seconds", 3, 60));
  }

  void run(TurnSignals turns, Consumer<String> out) throws Exception {
    try (var driver = new Driver(threads)) {
      turns.await();
      for (var i = 0; i < warmups; i++) {
        for (var target : targets) {
          RateRun.warm(driver, () -> open(driver, target), length);
        }
      }
      out.accept(WARM);
      for (var i = 0; i < rounds; i++) {
        for (var target : targets) {
          turns.await();
          out.accept(measure(driver, target).toString());
        }
      }
    }
  }

  private Result measure(Driver driver, Target target) throws Exception {
    return mode == Mode.IDLE
        ? IdleRun.measure(driver, target, connections, length)
        : RateRun.measure(driver, threads, target, () -> open(driver, target), length);
  }

  private Workload open(Driver driver, Target target) throws Exception {
    return switch (mode) {
      case ECHO, METRICS, DRIPPERS ->
          new PipelinedLoad(
              driver, target, connections, window, Protocol.WebSocket::new, LoadBytes.echo());
      case FILTERS ->
          new PipelinedLoad(
              driver, target, connections, window, Protocol.WebSocket::withToken, LoadBytes.echo());
      case UPSTREAM, FORWARD ->
          new PipelinedLoad(
              driver, target, connections, window, Protocol.WebSocket::new, LoadBytes.forward());
      case PUBLISH ->
          new PipelinedLoad(
              driver, target, connections, window, Protocol.Http::new, LoadBytes.post());
      case FANOUT_100, FANOUT_1000 -> new FanoutLoad(driver, target, connections, window);
      case IDLE -> throw new IllegalStateException("nothing is sent");
    };
  }
}
