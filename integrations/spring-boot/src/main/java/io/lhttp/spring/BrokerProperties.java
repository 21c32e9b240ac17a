package io.lhttp.spring;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.NestedConfigurationProperty;

/**
 * The broker that carries the channels.
 *
 * @param nats the connection to NATS, and the storage of histories there; without it channels live
 *     in memory
 */
public record BrokerProperties(@NestedConfigurationProperty @Nullable NatsProperties nats) {
  /**
   * Reads the words that stand for a broker with its defaults.
   *
   * @throws IllegalArgumentException with a text that says what was expected
   */
  public static BrokerProperties valueOf(String text) {
    return switch (text.strip()) {
      case "memory" -> new BrokerProperties(null);
      case "nats" -> new BrokerProperties(NatsProperties.DEFAULT);
      default ->
          throw new IllegalArgumentException(
              "expected memory, nats, or nats with its properties below lhttp.broker.nats");
    };
  }
}
