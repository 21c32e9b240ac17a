package io.lhttp.spring.health;

import io.lhttp.spring.LhttpAutoConfiguration;
import io.lhttp.spring.LhttpServerLifecycle;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/** Adds the health of the server if the application has Spring Boot's health module. */
@AutoConfiguration(after = LhttpAutoConfiguration.class)
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
public final class LhttpHealthAutoConfiguration {
  @Bean
  @ConditionalOnEnabledHealthIndicator("lhttp")
  @ConditionalOnMissingBean(name = "lhttpHealthIndicator")
  HealthIndicator lhttpHealthIndicator(LhttpServerLifecycle lifecycle) {
    return new LhttpHealthIndicator(lifecycle);
  }
}
