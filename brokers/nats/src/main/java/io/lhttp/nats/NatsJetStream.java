package io.lhttp.nats;

/**
 * The storage of channels with a history in JetStream.
 *
 * @param replicas the number of NATS servers that store each message; 1, 3 or 5
 * @param streamBytes the most bytes of each pattern of {@code history} at NATS; beyond it the
 *     oldest messages of its channels are forgotten
 */
public record NatsJetStream(int replicas, long streamBytes) {
  /** One server of NATS, 1 GiB. */
  public static final NatsJetStream DEFAULT = new NatsJetStream(1, 1L << 30);

  public NatsJetStream {
    if (replicas != 1 && replicas != 3 && replicas != 5) {
      throw new IllegalArgumentException("replicas: expected 1, 3 or 5");
    }
    if (streamBytes < 1 << 20) {
      throw new IllegalArgumentException("stream-bytes: at least 1MiB");
    }
  }
}
