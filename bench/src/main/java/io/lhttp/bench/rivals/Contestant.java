package io.lhttp.bench.rivals;

import io.lhttp.bench.Dialect;
import io.lhttp.bench.rivals.dialect.Centrifugo;
import io.lhttp.bench.rivals.dialect.NatsWebSocket;
import io.lhttp.bench.rivals.dialect.Nchan;
import io.lhttp.bench.rivals.dialect.SocketIo;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** A server in the comparison. All but those of this tree have a folder in {@code bench/rivals}. */
enum Contestant {
  OURS("ours", Trait.HERE, Trait.JVM),
  OURS_NATS("ours-nats", Trait.HERE, Trait.JVM),
  FLOOR("floor", Trait.HERE, Trait.JVM, Trait.ONE_CHANNEL),
  KERNEL("kernel", Trait.ONE_CHANNEL),
  UWEBSOCKETS("uwebsockets"),
  BUN("bun"),
  VERTX("vertx", Trait.JVM),
  SPRING("spring", Trait.JVM),
  WS("ws"),
  SOCKET_IO("socket.io"),
  CENTRIFUGO("centrifugo", Trait.NO_ECHO),
  NCHAN("nchan", Trait.NO_ECHO, Trait.ONE_CHANNEL),
  NATS("nats", Trait.NO_ECHO);

  private enum Trait {
    /** The server's code is in this repository. */
    HERE,
    JVM,
    NO_ECHO,
    /** A connection publishes to one channel, or the server has one. */
    ONE_CHANNEL
  }

  /** The name of the folder, and on the command line. */
  final String label;

  @SuppressWarnings("ImmutableEnumChecker") // only the constructor changes it
  private final Set<Trait> traits = EnumSet.noneOf(Trait.class);

  Contestant(String label, Trait... traits) {
    this.label = label;
    this.traits.addAll(Arrays.asList(traits));
  }

  /** The protocol in which clients talk to this server. */
  Dialect dialect() {
    return switch (this) {
      case SOCKET_IO -> new SocketIo();
      case CENTRIFUGO -> new Centrifugo();
      case NCHAN -> new Nchan();
      case NATS -> new NatsWebSocket();
      case OURS, OURS_NATS, FLOOR, KERNEL, UWEBSOCKETS, BUN, VERTX, SPRING, WS -> Dialect.LHTTP;
    };
  }

  /** Whether the server's code is in this repository. */
  boolean isHere() {
    return traits.contains(Trait.HERE);
  }

  /** Whether the server can be told to collect its garbage. */
  boolean isJvm() {
    return traits.contains(Trait.JVM);
  }

  /** The reason why the server can't take this traffic; empty if it can. */
  Optional<String> obstacle(Traffic traffic) {
    return switch (traffic) {
      case ECHO -> obstacle(Trait.NO_ECHO, "it has no echo");
      case CHANNELS_10000 ->
          obstacle(
              Trait.ONE_CHANNEL,
              this == NCHAN ? "a connection publishes to one channel" : "it has one channel");
      case ONE_TO_ONE, FANOUT_100, FANOUT_1000, FANOUT_9000, STEADY_1000, IDLE -> Optional.empty();
    };
  }

  private Optional<String> obstacle(Trait trait, String reason) {
    return traits.contains(trait) ? Optional.of(reason) : Optional.empty();
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
