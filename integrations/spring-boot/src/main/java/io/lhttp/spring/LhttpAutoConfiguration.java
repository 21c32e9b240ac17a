package io.lhttp.spring;

import io.lhttp.channel.MemoryBroker;
import io.lhttp.filters.multipart.MultipartFilter;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.spring.LhttpStartException.Problem;
import java.util.List;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.context.properties.ConfigurationPropertiesBinding;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/** Makes a server of the application's filters and processors, and starts it with them. */
@AutoConfiguration
@EnableConfigurationProperties(LhttpProperties.class)
public final class LhttpAutoConfiguration {
  static final String PUBSUB = "lhttpPubSubFilter";
  static final String MULTIPART = "lhttpMultipartFilter";

  @Bean
  @ConfigurationPropertiesBinding
  static PropertyConverter lhttpPropertyConverter() {
    return new PropertyConverter();
  }

  @Bean(PUBSUB)
  @LhttpFilter("pubsub")
  @ConditionalOnMissingBean
  PubSubFilter lhttpPubSubFilter() {
    return new PubSubFilter();
  }

  @Bean(MULTIPART)
  @LhttpFilter("multipart")
  @ConditionalOnMissingBean
  MultipartFilter lhttpMultipartFilter() {
    return new MultipartFilter();
  }

  @Bean
  @ConditionalOnMissingBean
  BrokerFactory lhttpBrokerFactory(LhttpProperties properties, Environment environment) {
    var nats = properties.broker().nats();
    if (nats == null) {
      return MemoryBroker::new;
    }
    if (!NatsBrokers.present()) {
      throw new LhttpStartException(
          List.of(
              new Problem(
                  PropertyPlaces.of(environment, "lhttp.broker"),
                  "nats",
                  "the artifact io.lhttp:lhttp-nats is not on the class path",
                  "Add io.lhttp:lhttp-nats to the dependencies.")));
    }
    return NatsBrokers.factory(nats);
  }

  @Bean
  @ConditionalOnMissingBean
  LhttpPublisher lhttpPublisher(ObjectProvider<LhttpServerLifecycle> lifecycle) {
    return (channel, message) -> lifecycle.getObject().server().publish(channel, message);
  }

  @Bean
  LhttpServerLifecycle lhttpServerLifecycle(
      LhttpProperties properties,
      BrokerFactory brokers,
      ObjectProvider<LhttpServerCustomizer> customizers,
      ApplicationContext context,
      ConfigurableListableBeanFactory beans,
      ObjectProvider<ApplicationAvailability> availability) {
    return new LhttpServerLifecycle(
        properties,
        new ChainBeans(beans, context.getEnvironment(), properties),
        brokers,
        customizers.orderedStream().toList(),
        context,
        Optional.ofNullable(availability.getIfAvailable()));
  }
}
