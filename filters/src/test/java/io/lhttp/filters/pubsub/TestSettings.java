package io.lhttp.filters.pubsub;

import io.lhttp.filters.pubsub.NatsSettings.WhenAway;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Settings for a NATS of this machine. */
final class TestSettings {
  static final int BUFFER = 64 * 1024;

  private TestSettings() {}

  static NatsSettings of(NatsServer nats, String prefix, WhenAway whenAway, boolean localDelivery) {
    return of(nats, prefix, whenAway, localDelivery, NatsSettings.DEFAULT.bufferBytes());
  }

  static NatsSettings of(
      NatsServer nats, String prefix, WhenAway whenAway, boolean localDelivery, int bufferBytes) {
    return of(nats.uri(), prefix, whenAway, localDelivery, bufferBytes);
  }

  static NatsSettings of(
      URI nats, String prefix, WhenAway whenAway, boolean localDelivery, int bufferBytes) {
    return of(nats, prefix, whenAway, localDelivery, bufferBytes, new NatsJetStream(1, 64 << 20));
  }

  static NatsSettings of(
      URI nats,
      String prefix,
      WhenAway whenAway,
      boolean localDelivery,
      int bufferBytes,
      NatsJetStream jetStream) {
    return new NatsSettings(
        List.of(nats),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        prefix,
        whenAway,
        bufferBytes,
        localDelivery,
        Duration.ofSeconds(2),
        jetStream);
  }
}
