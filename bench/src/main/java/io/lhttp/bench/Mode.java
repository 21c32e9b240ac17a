package io.lhttp.bench;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What a server is loaded with: connections, and messages under way on each that sends. */
public enum Mode {
  /** Requests and answers, pipelined. */
  ECHO(50, 8),

  /**
   * The same with auth, rate limit and pub/sub in our chain; every connection has shown a token.
   */
  FILTERS(50, 8),

  /** The echo twice, both times of our server: without its statistics, and with them. */
  METRICS(50, 8),

  /** One publisher, 100 subscribers. */
  FANOUT_100(100, 8),

  /** One publisher, 1,000 subscribers. */
  FANOUT_1000(1000, 8),

  /** {@code POST /publish} over connections that are kept. */
  PUBLISH(16, 1),

  /** Messages that are forwarded to an HTTP server, beside bare OkHttp. */
  UPSTREAM(64, 1),

  /** The same beside a bare WebSocket server that forwards by bare OkHttp. */
  FORWARD(64, 1),

  /** Requests and answers, with a thousand connections beside them whose requests never end. */
  DRIPPERS(8, 1),

  /** Subscribed connections on which nothing happens. */
  IDLE(9000, 1);

  final int connections;
  final int window;

  Mode(int connections, int window) {
    this.connections = connections;
    this.window = window;
  }

  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * @throws IllegalArgumentException names the modes that there are
   */
  static Mode named(String label) {
    return Arrays.stream(values())
        .filter(mode -> mode.label().equals(label))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "unknown mode '%s', there are: %s".formatted(label, labels())));
  }

  static String labels() {
    return Arrays.stream(values()).map(Mode::label).collect(Collectors.joining(", "));
  }
}
