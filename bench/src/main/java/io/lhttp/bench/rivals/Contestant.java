package io.lhttp.bench.rivals;

import io.lhttp.bench.Dialect;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A server in the comparison. All but the first two have a folder in {@code bench/rivals}. */
enum Contestant {
  OURS("ours", true),
  FLOOR("floor", true),
  BUN("bun", true),
  VERTX("vertx", true),
  WS("ws", true),
  SOCKET_IO("socket.io", true),
  NCHAN("nchan", false),
  NATS("nats", false);

  /** The name of the folder, and on the command line. */
  final String label;

  private final boolean echoes;

  Contestant(String label, boolean echoes) {
    this.label = label;
    this.echoes = echoes;
  }

  /** The protocol in which clients talk to this server. */
  Dialect dialect() {
    return switch (this) {
      case SOCKET_IO -> new SocketIo();
      case NCHAN -> new Nchan();
      case NATS -> new NatsWebSocket();
      case OURS, FLOOR, BUN, VERTX, WS -> Dialect.LHTTP;
    };
  }

  /** Whether the server's code is in this repository. */
  boolean isHere() {
    return this == OURS || this == FLOOR;
  }

  /** Whether the server supports this traffic. */
  boolean takes(Traffic traffic) {
    return echoes || traffic != Traffic.ECHO;
  }

  /**
   * @param names separated by commas
   * @throws IllegalArgumentException with the valid names
   */
  static List<Contestant> named(String names) {
    return Arrays.stream(names.toLowerCase(Locale.ROOT).split(", *")).map(Contestant::one).toList();
  }

  private static Contestant one(String name) {
    return Arrays.stream(values())
        .filter(contestant -> contestant.label.equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "unknown server '%s', there are: %s".formatted(name, labels())));
  }

  static String labels() {
    return Arrays.stream(values()).map(c -> c.label).collect(Collectors.joining(", "));
  }
}
