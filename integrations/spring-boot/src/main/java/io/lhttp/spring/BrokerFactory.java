package io.lhttp.spring;

import io.lhttp.channel.Broker;
import io.lhttp.channel.Retention;
import java.util.SequencedMap;

/**
 * Creates the broker of the channels, one for each start of the server, which closes it. A bean of
 * this type replaces the brokers of {@code lhttp.broker}.
 */
@FunctionalInterface
public interface BrokerFactory {
  /**
   * Creates a broker.
   *
   * @param histories the bounds of histories by pattern; the first that fits a channel decides
   */
  Broker create(SequencedMap<String, Retention> histories);
}
