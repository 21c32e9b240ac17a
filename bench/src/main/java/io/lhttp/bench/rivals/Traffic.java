package io.lhttp.bench.rivals;

import io.lhttp.bench.Dialect;
import io.lhttp.bench.Driver;
import io.lhttp.bench.FanoutLoad;
import io.lhttp.bench.PipelinedLoad;
import io.lhttp.bench.SteadyLoad;
import io.lhttp.bench.Target;
import io.lhttp.bench.Workload;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The kinds of traffic. */
enum Traffic {
  /** 50 connections, each with 8 messages under way. */
  ECHO(50, 8, 10_000),

  /** One publisher with 64 messages under way, one subscriber. */
  ONE_TO_ONE(1, 64, 10_000),

  /** One publisher with 8 messages under way, 100 subscribers. */
  FANOUT_100(100, 8, 200),

  /** One publisher with 8 messages under way, 1,000 subscribers. */
  FANOUT_1000(1000, 8, 20),

  /** One publisher with 8 messages under way, 9,000 subscribers. */
  FANOUT_9000(9000, 8, 2),

  /** One publisher, 1,000 subscribers, an open loop alone. */
  STEADY_1000(1000, 8, 100),

  /** One publisher with 64 messages under way to 10,000 channels of 10 subscribers each. */
  CHANNELS_10000(1000, 64, 1000),

  /** Idle, subscribed connections. */
  IDLE(9000, 1, 0);

  /** The channels of {@link #CHANNELS_10000}. */
  private static final int CHANNELS = 10_000;

  private static final int PER_CHANNEL = 10;

  /** Subscribers, or connections that echo. */
  final int connections;

  /** Messages under way in the closed loop, per connection that sends. */
  final int window;

  /** Messages per second in the open loop: few enough for the slowest server. */
  final int perSecond;

  Traffic(int connections, int window, int perSecond) {
    this.connections = connections;
    this.window = window;
    this.perSecond = perSecond;
  }

  Workload closed(Driver driver, Target target, Dialect dialect) throws Exception {
    return switch (this) {
      case ECHO ->
          new PipelinedLoad(
              driver, target, connections, window, dialect::subscriber, dialect.echo());
      case CHANNELS_10000 -> channels(driver, target, dialect, 0);
      case ONE_TO_ONE, FANOUT_100, FANOUT_1000, FANOUT_9000, STEADY_1000, IDLE ->
          FanoutLoad.closed(driver, target, dialect, connections, window);
    };
  }

  Workload open(Driver driver, Target target, Dialect dialect) throws Exception {
    return switch (this) {
      case ECHO ->
          new SteadyLoad(
              driver, target, connections, perSecond, dialect::subscriber, dialect.echo());
      case CHANNELS_10000 -> channels(driver, target, dialect, perSecond);
      case ONE_TO_ONE, FANOUT_100, FANOUT_1000, FANOUT_9000, STEADY_1000, IDLE ->
          FanoutLoad.open(driver, target, dialect, connections, perSecond);
    };
  }

  private ChannelsLoad channels(Driver driver, Target target, Dialect dialect, int rate)
      throws Exception {
    return new ChannelsLoad(
        driver,
        target,
        dialect,
        new ChannelsLoad.Shape(CHANNELS, PER_CHANNEL, connections),
        window,
        rate);
  }

  /** Whether the rate and the CPU are those of the open loop, as there is no closed one. */
  boolean isOpenAlone() {
    return this == STEADY_1000;
  }

  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The description in the head of a table. */
  String description() {
    return switch (this) {
      case ECHO ->
          "%s: %d connections; closed loop with %d under way on each, open loop with %,d a second in all"
              .formatted(label(), connections, window, perSecond);
      case STEADY_1000 ->
          "%s: one publisher, %,d subscribers; open loop with %,d publications a second"
              .formatted(label(), connections, perSecond);
      case CHANNELS_10000 ->
          "%s: one publisher, %,d channels with %d subscribers each, on %,d connections; closed loop with %d under way, open loop with %,d publications a second"
              .formatted(label(), CHANNELS, PER_CHANNEL, connections, window, perSecond);
      case IDLE -> "%s: %,d connections that have subscribed".formatted(label(), connections);
      case ONE_TO_ONE, FANOUT_100, FANOUT_1000, FANOUT_9000 ->
          "%s: one publisher, %,d subscriber%s; closed loop with %d under way, open loop with %,d publication%s a second"
              .formatted(
                  label(),
                  connections,
                  connections == 1 ? "" : "s",
                  window,
                  perSecond,
                  perSecond == 1 ? "" : "s");
    };
  }

  /** The traffics that {@link Guard} watches. */
  static List<Traffic> guarded() {
    return List.of(ECHO, ONE_TO_ONE, FANOUT_100, FANOUT_1000);
  }

  /**
   * Returns the named traffics; the first list if none is named.
   *
   * @throws IllegalArgumentException with the valid names
   */
  static List<Traffic> named(List<String> words, List<Traffic> all) {
    return words.isEmpty() ? all : words.stream().map(word -> named(word, all)).toList();
  }

  private static Traffic named(String word, List<Traffic> all) {
    return all.stream()
        .filter(traffic -> traffic.label().equals(word))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "unknown mode '%s', there are: %s".formatted(word, labels(all))));
  }

  static String labels(List<Traffic> traffics) {
    return traffics.stream().map(Traffic::label).collect(Collectors.joining(", "));
  }
}
