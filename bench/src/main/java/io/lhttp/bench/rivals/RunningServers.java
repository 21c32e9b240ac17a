package io.lhttp.bench.rivals;

import io.lhttp.bench.Args;
import io.lhttp.bench.Driver;
import io.lhttp.bench.RateRun;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All started servers, and the driver that loads them in turn. */
final class RunningServers implements AutoCloseable {
  private final Driver driver = new Driver(1);
  private final List<RunningServer> servers = new ArrayList<>();
  private final Map<Contestant, String> missing = new LinkedHashMap<>();

  /** Starts servers in this order. A server that this machine lacks is noted with the reason. */
  static RunningServers start(List<Contestant> contestants, Args args) throws Exception {
    var running = new RunningServers();
    try {
      for (var contestant : contestants) {
        running.add(contestant, args);
      }
      return running;
    } catch (Exception e) {
      running.close();
      throw e;
    }
  }

  private void add(Contestant contestant, Args args) throws Exception {
    try {
      var running = RunningServer.start(contestant, args);
      servers.add(running);
      System.out.printf("%-10s %s%n", contestant.label, running.version());
    } catch (RivalScript.MissingException e) {
      missing.put(contestant, e.getMessage());
      System.out.printf("%-10s missing: %s%n", contestant.label, e.getMessage());
    }
  }

  List<RunningServer> servers(Traffic traffic) {
    return servers.stream().filter(s -> s.contestant().obstacle(traffic).isEmpty()).toList();
  }

  /** The servers that are not available on this machine, each with the reason. */
  Map<Contestant, String> missing() {
    return missing;
  }

  void warm(RunningServer server, Traffic traffic, Duration length) throws Exception {
    RateRun.warm(
        driver,
        () -> traffic.closed(driver, server.target(), server.contestant().dialect()),
        length);
  }

  Measurement closed(RunningServer server, Traffic traffic, Duration length) throws Exception {
    return Measurement.measure(
        driver,
        server,
        () -> traffic.closed(driver, server.target(), server.contestant().dialect()),
        length);
  }

  Measurement open(RunningServer server, Traffic traffic, Duration length) throws Exception {
    return Measurement.measure(
        driver,
        server,
        () -> traffic.open(driver, server.target(), server.contestant().dialect()),
        length);
  }

  /** Gives up the messages that a failed load has left under way. */
  void forget() throws Exception {
    driver.settle();
  }

  @Override
  public void close() throws IOException {
    driver.close();
    for (var server : servers) {
      server.close();
    }
  }
}
