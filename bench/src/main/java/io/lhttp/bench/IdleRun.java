package io.lhttp.bench;

import java.time.Duration;
import java.util.EnumMap;

/** Measures the resident memory of idle, subscribed connections. */
final class IdleRun {
  private static final int WARM_UP = 500;

  private IdleRun() {}

  /**
   * @param pause the time for which memory must stay constant to count as steady
   */
  static Result measure(Driver driver, Target target, int connections, Duration pause)
      throws Exception {
    var server = new ServerProcess(target.pid());
    // loads classes and starts threads and pools that do not depend on the number of connections
    try (var warm = new FanoutLoad(driver, target, Math.min(WARM_UP, connections), 1)) {
      warm.probe();
    }
    Thread.sleep(pause);
    var base = server.usedResidentKiB(pause);
    try (var idle = new FanoutLoad(driver, target, connections, 1)) {
      Thread.sleep(pause);
      var raw = server.residentKiB();
      var resident = server.usedResidentKiB(pause);
      idle.probe(); // no connection may have been closed
      return result(target, connections, base, raw, resident);
    }
  }

  private static Result result(
      Target target, int connections, double base, double raw, double resident) {
    var figures = new EnumMap<Figure, Double>(Figure.class);
    figures.put(Figure.PER_CONNECTION, (resident - base) / connections);
    figures.put(Figure.PER_CONNECTION_RAW, (raw - base) / connections);
    figures.put(Figure.BASE, base / 1024);
    figures.put(Figure.RESIDENT, resident / 1024);
    return new Result(target.name(), figures);
  }
}
