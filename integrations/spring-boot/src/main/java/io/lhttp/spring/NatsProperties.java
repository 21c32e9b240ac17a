package io.lhttp.spring;

import io.lhttp.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The connection to NATS. At most one of user, token, nkey and credentials authenticates the
 * server.
 *
 * @param servers nats://HOST:PORT or tls://HOST:PORT; the broker connects to one of them
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
 *     publications are refused with 503
 * @param localDelivery whether this server delivers its publications to its own subscribers at
 *     once; otherwise they come back from NATS
 * @param connectTime the longest time that opening a connection may take, at the start and later
 * @param jetstream the storage of channels with a history
 */
public record NatsProperties(
    @DefaultValue("nats://127.0.0.1:4222") List<URI> servers,
    @Nullable String user,
    @Nullable Secret password,
    @Nullable Secret token,
    @Nullable Secret nkey,
    @Nullable Path credentials,
    @DefaultValue TlsProperties tls,
    @DefaultValue("lhttp.") String subjectPrefix,
    @DefaultValue("refuse") WhenAway whenAway,
    @DefaultValue("8MiB") ByteSize bufferBytes,
    @DefaultValue("true") boolean localDelivery,
    @DefaultValue("2s") Duration connectTime,
    @DefaultValue JetStreamProperties jetstream) {
  /** A NATS server on this machine, without credentials. */
  static final NatsProperties DEFAULT =
      new NatsProperties(
          List.of(URI.create("nats://127.0.0.1:4222")),
          null,
          null,
          null,
          null,
          null,
          new TlsProperties(null, null, null),
          "lhttp.",
          WhenAway.REFUSE,
          ByteSize.valueOf("8MiB"),
          true,
          Duration.ofSeconds(2),
          new JetStreamProperties(1, ByteSize.valueOf("1GiB")));

  public NatsProperties {
    servers = List.copyOf(servers);
  }

  /** The policy for publications while NATS is out of reach. */
  public enum WhenAway {
    /** Publications are refused with 503. */
    REFUSE,
    /** Publications wait until NATS is back, up to {@code buffer-bytes}. */
    BUFFER,
    /** Publications are delivered to this server's subscribers. */
    LOCAL
  }

  /**
   * The certificates for TLS to NATS.
   *
   * @param ca the trusted certificates, in PEM; by default the JDK's
   * @param certificate this server's certificate, in PEM, for a NATS server that requires one;
   *     needs a key
   * @param key the certificate's private key in PKCS #8
   */
  public record TlsProperties(@Nullable Path ca, @Nullable Path certificate, @Nullable Path key) {}

  /**
   * How JetStream stores channels with a history.
   *
   * @param replicas the number of NATS servers that store each message; 1, 3 or 5
   * @param streamBytes the most bytes at NATS for the channels of one pattern of history, 1MiB at
   *     least; beyond it NATS removes their oldest messages
   */
  public record JetStreamProperties(
      @DefaultValue("1") int replicas, @DefaultValue("1GiB") ByteSize streamBytes) {}
}
