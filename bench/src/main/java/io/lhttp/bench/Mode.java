package io.lhttp.bench;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The kinds of load: the connections, and the messages under way on each sending connection. */
public enum Mode {
  /** Requests and answers, pipelined. */
  ECHO(50, 8),

  /** The echo with auth, rate limit and pub/sub in our chain; every connection has sent a token. */
  FILTERS(50, 8),

  /** The echo of our server, without statistics and with them. */
  METRICS(50, 8),

  /** One publisher, 100 subscribers. */
  FANOUT_100(100, 8),

  /** One publisher, 1,000 subscribers. */
  FANOUT_1000(1000, 8),

  /** {@code POST /publish} over keep-alive connections. */
  PUBLISH(16, 1),

  /** Messages that are forwarded to an HTTP server, beside bare OkHttp. */
  UPSTREAM(64, 1),

  /** Forwarded messages, beside a bare WebSocket server that forwards with bare OkHttp. */
  FORWARD(64, 1),

  /** Requests and answers, with a thousand connections beside them whose requests never end. */
  DRIPPERS(8, 1),

  /** Idle, subscribed connections. */
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
   * @throws IllegalArgumentException with the names of the modes
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
