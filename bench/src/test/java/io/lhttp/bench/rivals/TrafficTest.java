package io.lhttp.bench.rivals;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.bench.Args;
import io.lhttp.bench.Driver;
import io.lhttp.bench.Workload;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every traffic runs for a moment beside the floor in its own JVM; no speed is checked. */
class TrafficTest {
  private static final int MESSAGES = 500;
  private static final long PATIENCE_SECONDS = 60;

  @ParameterizedTest
  @EnumSource(
      value = Traffic.class,
      names = {"ECHO", "ONE_TO_ONE", "FANOUT_100"})
  void closedAndOpenLoop_runningServer_loseNothing(Traffic traffic) throws Exception {
    try (var floor = RunningServer.start(Contestant.FLOOR, Args.parse(List.of(), List.of()));
        var driver = new Driver(1)) {
      var dialect = floor.contestant().dialect();
      try (var closed = traffic.closed(driver, floor.target(), dialect)) {
        run(driver, closed);
      }
      try (var open = traffic.open(driver, floor.target(), dialect)) {
        run(driver, open);
      }
      assertThat(RunningServer.cpu(floor.processes()).micros()).isPositive();
      assertThat(RunningServer.residentMiB(floor.processes())).isPositive();
    }
  }

  @Test
  void manyChannels_closedAndOpenLoop_loseNothing() throws Exception {
    var shape = new ChannelsLoad.Shape(40, 4, 8);
    assertThat(shape.channelsOfEach()).allSatisfy(channels -> assertThat(channels).hasSize(20));
    try (var ours = RunningServer.start(Contestant.OURS, Args.parse(List.of(), List.of()));
        var driver = new Driver(1)) {
      var dialect = ours.contestant().dialect();
      try (var closed = new ChannelsLoad(driver, ours.target(), dialect, shape, 8, 0)) {
        run(driver, closed);
      }
      try (var open = new ChannelsLoad(driver, ours.target(), dialect, shape, 8, 1000)) {
        run(driver, open);
      }
    }
  }

  @Test
  void obstacle_serverWithoutEchoOrChannels_hasReason() {
    assertThat(Contestant.NATS.obstacle(Traffic.ECHO)).contains("it has no echo");
    assertThat(Contestant.NATS.obstacle(Traffic.CHANNELS_10000)).isEmpty();
    assertThat(Contestant.NCHAN.obstacle(Traffic.CHANNELS_10000)).isPresent();
    assertThat(Contestant.OURS.obstacle(Traffic.ECHO)).isEmpty();
  }

  private static void run(Driver driver, Workload workload) throws Exception {
    var before = driver.drain().received;
    workload.start();
    var end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (driver.drain().received - before < MESSAGES && System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    workload.stop();
    assertThat(driver.settle()).isZero();
    assertThat(driver.drain().received - before).isGreaterThanOrEqualTo(MESSAGES);
  }
}
