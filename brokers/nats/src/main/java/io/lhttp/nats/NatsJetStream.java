package io.lhttp.nats;

/**
 * How JetStream stores channels with a history.
 *
 * @param replicas the number of NATS servers that store each message; 1, 3 or 5
 * @param streamBytes the most bytes at NATS for the channels of one pattern of {@code history},
 *     1MiB at least; beyond it NATS removes their oldest messages
 */
public record NatsJetStream(int replicas, long streamBytes) {
  /** Each message is stored by one NATS server, in at most 1 GiB for each pattern. */
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
