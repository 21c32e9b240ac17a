package io.lhttp.spring.metrics;

import io.lhttp.spring.LhttpAutoConfiguration;
import io.lhttp.spring.LhttpServerLifecycle;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;

/** Adds the metrics of the server to the application's registries if it has Micrometer. */
@AutoConfiguration(after = LhttpAutoConfiguration.class)
@ConditionalOnClass(MeterBinder.class)
public final class LhttpMetricsAutoConfiguration {
  @Bean
  ServerMeters lhttpServerMeters(LhttpServerLifecycle lifecycle) {
    return new ServerMeters(lifecycle, System::nanoTime);
  }
}
