package io.lhttp.bench.rivals;

import io.lhttp.bench.Dialect;
import io.lhttp.bench.Driver;
import io.lhttp.bench.FanoutLoad;
import io.lhttp.bench.PipelinedLoad;
import io.lhttp.bench.SteadyLoad;
import io.lhttp.bench.Target;
import io.lhttp.bench.Workload;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The kinds of traffic, each in a closed and in an open loop. */
enum Traffic {
  /** 50 connections, each with 8 messages under way. */
  ECHO(50, 8, 10_000),

  /** One publisher with 64 messages under way, one subscriber. */
  ONE_TO_ONE(1, 64, 10_000),

  /** One publisher with 8 messages under way, 100 subscribers. */
  FANOUT_100(100, 8, 200),

  /** One publisher with 8 messages under way, 1,000 subscribers. */
  FANOUT_1000(1000, 8, 20);

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
    return this == ECHO
        ? new PipelinedLoad(
            driver, target, connections, window, dialect::subscriber, dialect.echo())
        : FanoutLoad.closed(driver, target, dialect, connections, window);
  }

  Workload open(Driver driver, Target target, Dialect dialect) throws Exception {
    return this == ECHO
        ? new SteadyLoad(
            driver, target, connections, perSecond, dialect::subscriber, dialect.echo())
        : FanoutLoad.open(driver, target, dialect, connections, perSecond);
  }

  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The description in the head of a table. */
  String description() {
    return this == ECHO
        ? "%s: %d connections; closed loop with %d under way on each, open loop with %,d a second in all"
            .formatted(label(), connections, window, perSecond)
        : "%s: one publisher, %,d subscriber%s; closed loop with %d under way, open loop with %,d publications a second"
            .formatted(label(), connections, connections == 1 ? "" : "s", window, perSecond);
  }

  /**
   * Returns the named traffics; all if none is named.
   *
   * @throws IllegalArgumentException with the valid names
   */
  static List<Traffic> named(List<String> words) {
    return words.isEmpty() ? List.of(values()) : words.stream().map(Traffic::named).toList();
  }

  static Traffic named(String word) {
    return Arrays.stream(values())
        .filter(traffic -> traffic.label().equals(word))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "unknown mode '%s', there are: %s".formatted(word, labels())));
  }

  static String labels() {
    return Arrays.stream(values()).map(Traffic::label).collect(Collectors.joining(", "));
  }
}
