package io.lhttp.bench.nats;

import io.lhttp.bench.Driver;
import io.lhttp.bench.Report;
import io.lhttp.bench.ServerProcess;
import io.lhttp.bench.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A publisher sends so many messages as fast as it can, and its one subscriber gets them all. */
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

  /** One after the other; returns what was seen, in words. */
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

  /** Messages per second, from the first write to the last read: the median. */
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
