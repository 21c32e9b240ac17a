package io.lhttp.bench;

import java.time.Duration;
import java.util.EnumMap;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Measures a part in the middle of a load. */
public final class RateRun {
  static final int CORES = Runtime.getRuntime().availableProcessors();

  /**
   * After this many messages the JVM has compiled the code that handles them, even on a busy
   * machine.
   */
  static final int WARM = 300_000;

  static final Duration PATIENCE = Duration.ofSeconds(30);

  private RateRun() {}

  /** Loads the server for this time and until it is warm, without measuring. */
  public static void warm(Driver driver, Callable<? extends Workload> open, Duration length)
      throws Exception {
    try (var workload = open.call()) {
      var before = driver.drain().received;
      var begin = System.nanoTime();
      workload.start();
      Thread.sleep(length);
      while (driver.drain().received - before < WARM
          && System.nanoTime() - begin < PATIENCE.toNanos()) {
        TimeUnit.MILLISECONDS.sleep(50);
      }
      workload.stop();
      driver.settle();
    }
  }

  public static Result measure(
      Driver driver, int threads, Target target, Callable<? extends Workload> open, Duration length)
      throws Exception {
    var server = new ServerProcess(target.pid());
    try (var workload = open.call()) {
      workload.start();
      // The query for allocations costs CPU time, so it runs outside of the measured part.
      var allocatedBefore = server.allocatedBytes();
      var receivedBefore = driver.drain().received;
      var from = Mark.now(server);
      Thread.sleep(length);
      var to = Mark.now(server);
      var stretch = driver.drain();
      var allocated = server.allocatedBytes() - allocatedBefore;
      var received = driver.drain().received - receivedBefore;
      workload.stop();
      var lost = driver.settle();
      return result(target, threads, from, to, stretch.latency, allocated / received, lost);
    }
  }

  private static Result result(
      Target target,
      int threads,
      Mark from,
      Mark to,
      Histogram latency,
      double allocated,
      long lost) {
    var micros = (to.nanos - from.nanos) / 1000.0;
    var messages = (double) latency.count();
    var serverCpu = to.server - from.server;
    var driverCpu = to.driver - from.driver;
    var others = Math.max(0, to.machine - from.machine - serverCpu - driverCpu);
    var figures = new EnumMap<Figure, Double>(Figure.class);
    figures.put(Figure.RATE, messages * 1e6 / micros);
    figures.put(Figure.RATE_PER_CPU, messages * 1e6 / (serverCpu + driverCpu));
    figures.put(Figure.SERVER_CPU, serverCpu / messages);
    figures.put(Figure.DRIVER_CPU, driverCpu / messages);
    figures.put(Figure.DRIVER_BUSY, 100 * driverCpu / micros / threads);
    figures.put(Figure.OTHERS_CPU, 100 * others / micros / CORES);
    figures.put(Figure.P50, latency.percentile(0.5) / 1000.0);
    figures.put(Figure.P99, latency.percentile(0.99) / 1000.0);
    figures.put(Figure.P999, latency.percentile(0.999) / 1000.0);
    figures.put(Figure.ALLOCATED, allocated);
    figures.put(Figure.LOST, (double) lost);
    return new Result(target.name(), figures);
  }

  /** CPU times in microseconds at one time. */
  private record Mark(long nanos, double server, double driver, double machine) {
    static Mark now(ServerProcess server) throws Exception {
      return new Mark(
          System.nanoTime(),
          server.cpuMicros(),
          ServerProcess.self().cpuMicros(),
          ServerProcess.machineMicros());
    }
  }
}
