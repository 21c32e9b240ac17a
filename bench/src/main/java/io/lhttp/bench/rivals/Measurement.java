package io.lhttp.bench.rivals;

import io.lhttp.bench.CpuTime;
import io.lhttp.bench.Driver;
import io.lhttp.bench.ServerProcess;
import io.lhttp.bench.Workload;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * One measured part of a load on one server. CPU times are microseconds per received message.
 *
 * @param rate received messages per second
 * @param server CPU of all processes of the server
 * @param helpers CPU of the processes that the server needs and that are no part of it
 * @param driver CPU of the driver's process
 * @param p50 microseconds from the write to the read
 * @param others CPUs that other programs kept busy
 * @param lost messages that never came
 */
record Measurement(
    double rate,
    CpuTime server,
    CpuTime helpers,
    CpuTime driver,
    double p50,
    double p99,
    double residentMiB,
    double others,
    long lost) {
  /** The time from the start of the load to the measured part. */
  private static final long RAMP_MILLIS = 200;

  /** The error of the coarse times: two ticks of user and two of system time. */
  private static final double COARSE_MICROS = 40_000;

  static Measurement measure(
      Driver driver, RunningServer running, Callable<Workload> open, Duration length)
      throws Exception {
    var processes = running.processes();
    try (var workload = open.call()) {
      workload.start();
      Thread.sleep(RAMP_MILLIS);
      driver.drain();
      var from = Mark.now(processes, running.helpers());
      Thread.sleep(length);
      var to = Mark.now(processes, running.helpers());
      var latency = driver.drain().latency;
      var resident = RunningServer.residentMiB(processes);
      workload.stop();
      var lost = driver.settle();
      var messages = (double) latency.count();
      if (messages == 0) {
        throw new StalledException(running.contestant());
      }
      var seconds = (to.nanos - from.nanos) / 1e9;
      var server = to.server.minus(from.server).scaledTo(to.run - from.run, COARSE_MICROS);
      var helpers = to.helpers.minus(from.helpers);
      var own = to.driver.minus(from.driver);
      var all = server.plus(helpers).plus(own).micros();
      return new Measurement(
          messages / seconds,
          server.times(1 / messages),
          helpers.times(1 / messages),
          own.times(1 / messages),
          latency.percentile(0.5) / 1000.0,
          latency.percentile(0.99) / 1000.0,
          resident,
          Math.max(0, to.machine - from.machine - all) / seconds / 1e6,
          lost);
    }
  }

  private record Mark(
      long nanos, CpuTime server, double run, CpuTime helpers, CpuTime driver, double machine) {
    static Mark now(List<ServerProcess> processes, List<ServerProcess> helpers) throws Exception {
      return new Mark(
          System.nanoTime(),
          RunningServer.cpu(processes),
          RunningServer.runMicros(processes),
          RunningServer.cpu(helpers),
          ServerProcess.self().cpu(),
          ServerProcess.machineMicros());
    }
  }
}
