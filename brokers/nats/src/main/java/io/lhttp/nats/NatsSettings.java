package io.lhttp.nats;

import io.lhttp.Secret;
import io.lhttp.nats.internal.link.Subjects;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The settings of a {@link NatsBroker}. At most one of user, token, nkey and credentials
 * authenticates the server.
 *
 * @param servers {@code nats://HOST:PORT} or {@code tls://HOST:PORT}; the broker connects to one of
 *     them
 * @param user the user's name, with a password beside it
 * @param password the user's password
 * @param token a token instead of user and password
 * @param nkey the seed of an NKey
 * @param credentials a file with a JWT and the seed of its NKey
 * @param tls the certificates for TLS; by default the JDK's
 * @param subjectPrefix the beginning of all subjects, ending in a dot. If it is empty, a channel's
 *     name is its subject, and names that NATS can't carry are refused
 * @param whenAway the policy for publications while NATS is out of reach
 * @param bufferBytes the most bytes of publications that wait for NATS, 1KiB at least; further
 *     publications are refused with 503. Once a quarter is used, a client may hold as many as are
 *     free, and gets 429 beyond that
 * @param localDelivery whether this server delivers its publications to its own subscribers at
 *     once; otherwise they come back from NATS
 * @param connectTime the longest time that opening a connection may take, at the start and later
 * @param jetstream the storage of channels with a history
 */
public record NatsSettings(
    List<URI> servers,
    Optional<String> user,
    Optional<Secret> password,
    Optional<Secret> token,
    Optional<Secret> nkey,
    Optional<Path> credentials,
    Optional<NatsTls> tls,
    String subjectPrefix,
    WhenAway whenAway,
    int bufferBytes,
    boolean localDelivery,
    Duration connectTime,
    NatsJetStream jetstream) {

  /** The policy for publications while NATS is out of reach. */
  public enum WhenAway {
    /** Publications are refused with 503. */
    REFUSE,
    /**
     * Publications wait until NATS is back. If their bytes exceed {@code bufferBytes}, further ones
     * are refused with 503.
     */
    BUFFER,
    /**
     * Publications are delivered to this server's subscribers. Subscribers on other servers are
     * notified later that they have missed them.
     */
    LOCAL
  }

  private static final Set<String> SCHEMES = Set.of("nats", "tls");

  /** Settings for a NATS server on this machine, without credentials. */
  public static final NatsSettings DEFAULT =
      new NatsSettings(
          List.of(URI.create("nats://127.0.0.1:4222")),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          "lhttp.",
          WhenAway.REFUSE,
          8 * 1024 * 1024,
          true,
          Duration.ofSeconds(2),
          NatsJetStream.DEFAULT);

  public NatsSettings {
    servers = List.copyOf(servers);
    require(!servers.isEmpty(), "at least one server is needed, such as nats://127.0.0.1:4222");
    for (var server : servers) {
      require(
          server.getScheme() != null
              && SCHEMES.contains(server.getScheme())
              && server.getHost() != null,
          "no server of NATS: expected nats://HOST:PORT or tls://HOST:PORT");
      require(
          server.getUserInfo() == null,
          "user and password have keys of their own; addresses are logged");
    }
    require(user.isPresent() == password.isPresent(), "user and password go together");
    require(
        count(user) + count(token) + count(nkey) + count(credentials) <= 1,
        "only one of user, token, nkey and credentials can say who we are");
    Subjects.requirePrefix(subjectPrefix);
    require(bufferBytes >= 1024, "buffer-bytes: at least 1KiB");
    require(connectTime.toMillis() >= 1, "connect-time has to be positive");
  }

  /** Returns these settings with other servers. */
  public NatsSettings servers(List<URI> servers) {
    return new NatsSettings(
        servers,
        user,
        password,
        token,
        nkey,
        credentials,
        tls,
        subjectPrefix,
        whenAway,
        bufferBytes,
        localDelivery,
        connectTime,
        jetstream);
  }

  /** Shows the servers and the prefix, without any secret. */
  @Override
  public String toString() {
    return "NatsSettings[servers=%s, subjectPrefix=%s]".formatted(servers, subjectPrefix);
  }

  private static int count(Optional<?> value) {
    return value.isPresent() ? 1 : 0;
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }
}
