package io.lhttp.bench.nats;

import io.lhttp.bench.Driver;
import io.lhttp.bench.Report;
import io.lhttp.bench.ServerProcess;
import io.lhttp.bench.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A publisher sends a number of messages as fast as possible, and one subscriber receives them all.
 */
final class Bursts implements AutoCloseable {
  private final Target target;
  private final int size;
  private final SpreadLoad load;
  private final List<Double> rates = new ArrayList<>();
  private double cpuMicros;

  Bursts(Driver driver, Target target, int size) throws Exception {
    this.target = target;
    this.size = size;
    this.load = new SpreadLoad(driver, target, 1, 1, size, 0);
  }

  /** Runs bursts one after the other; returns a description of the results. */
  String run(int times) throws Exception {
    var server = new ServerProcess(target.pid());
    var before = server.cpuMicros();
    for (var i = 0; i < times; i++) {
      rates.add(size * 1e9 / load.burst(size));
    }
    cpuMicros += server.cpuMicros() - before;
    return summary();
  }

  void forget() {
    rates.clear();
    cpuMicros = 0;
  }

  /** The median of messages per second, from the first write to the last read. */
  double rate() {
    return Report.median(rates.stream().mapToDouble(rate -> rate).toArray());
  }

  String summary() {
    var cpu = cpuMicros / size / rates.size();
    return String.format(Locale.ROOT, "%s %,.0f/s, %.1f µs", target.name(), rate(), cpu);
  }

  @Override
  public void close() {
    load.close();
  }
}
