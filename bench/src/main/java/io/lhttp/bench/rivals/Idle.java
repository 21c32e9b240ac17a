package io.lhttp.bench.rivals;

import io.lhttp.bench.CpuTime;
import io.lhttp.bench.Driver;
import io.lhttp.bench.FanoutLoad;
import java.io.IOException;
import java.time.Duration;

/**
 * The cost of idle, subscribed connections to one server.
 *
 * @param garbage KiB per connection before the server was told to collect its garbage; the same as
 *     {@code kib} for servers that can't be told so
 * @param cpu microseconds per second and connection
 * @param beforeMiB resident before the first connection, after a warm-up
 */
record Idle(double kib, double garbage, CpuTime cpu, double beforeMiB, double allMiB) {
  private static final int WARM_UP = 500;
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** Long enough for a server's heartbeats. */
  private static final Duration LENGTH = Duration.ofSeconds(30);

  /** The error of the coarse times, see {@link CpuTime#scaledTo}. */
  private static final double COARSE_MICROS = 40_000;

  /** Measures a server that has served no load. */
  static Idle measure(Driver driver, RunningServer server) throws Exception {
    var dialect = server.contestant().dialect();
    var connections = Traffic.IDLE.connections;
    // loads what does not depend on the number of connections
    try (var warm = FanoutLoad.closed(driver, server.target(), dialect, WARM_UP, 1)) {
      warm.probe();
    }
    Thread.sleep(PAUSE);
    var before = used(server);
    try (var load = FanoutLoad.closed(driver, server.target(), dialect, connections, 1)) {
      Thread.sleep(PAUSE);
      var garbage = RunningServer.residentMiB(server.processes());
      var all = used(server);
      var from = Mark.of(server);
      Thread.sleep(LENGTH);
      var to = Mark.of(server);
      load.probe(); // no connection may have been closed
      var cpu = to.cpu.minus(from.cpu).scaledTo(to.run - from.run, COARSE_MICROS);
      return new Idle(
          (all - before) * 1024 / connections,
          (garbage - before) * 1024 / connections,
          cpu.times(1.0 / connections / LENGTH.toSeconds()),
          before,
          all);
    }
  }

  private static double used(RunningServer server) throws IOException, InterruptedException {
    if (server.contestant().isJvm()) {
      for (var process : server.processes()) {
        process.usedResidentKiB(PAUSE);
      }
    }
    return RunningServer.residentMiB(server.processes());
  }

  private record Mark(CpuTime cpu, double run) {
    static Mark of(RunningServer server) throws IOException {
      var processes = server.processes();
      return new Mark(RunningServer.cpu(processes), RunningServer.runMicros(processes));
    }
  }
}
