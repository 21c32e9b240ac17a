package io.lhttp.nats;

import io.lhttp.nats.NatsSettings.WhenAway;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Creates settings for a NATS server on this machine. */
public final class TestSettings {
  public static final int BUFFER = 64 * 1024;

  private TestSettings() {}

  public static NatsSettings of(
      NatsServer nats, String prefix, WhenAway whenAway, boolean localDelivery) {
    return of(nats, prefix, whenAway, localDelivery, NatsSettings.DEFAULT.bufferBytes());
  }

  public static NatsSettings of(
      NatsServer nats, String prefix, WhenAway whenAway, boolean localDelivery, int bufferBytes) {
    return of(nats.uri(), prefix, whenAway, localDelivery, bufferBytes);
  }

  public static NatsSettings of(
      URI nats, String prefix, WhenAway whenAway, boolean localDelivery, int bufferBytes) {
    return of(nats, prefix, whenAway, localDelivery, bufferBytes, new NatsJetStream(1, 64 << 20));
  }

  public static NatsSettings of(
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
