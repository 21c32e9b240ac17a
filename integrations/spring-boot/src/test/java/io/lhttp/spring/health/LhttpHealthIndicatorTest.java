package io.lhttp.spring.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.spring.LhttpAutoConfiguration;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.availability.ApplicationAvailabilityBean;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

/** The Actuator's health has the server. */
class LhttpHealthIndicatorTest {
  private final ApplicationContextRunner runner =
      new ApplicationContextRunner()
          .withConfiguration(
              AutoConfigurations.of(
                  LhttpAutoConfiguration.class, LhttpHealthAutoConfiguration.class))
          .withPropertyValues("lhttp.listen=127.0.0.1:0");

  @Test
  void runningServer_isUp() {
    runner.run(context -> {
      var health = health(context);

      assertThat(health.getStatus()).isEqualTo(Status.UP);
      assertThat(health.getDetails()).containsKey("port");
    });
  }

  @Test
  void refusingApplication_isOutOfService() {
    runner
        .withBean(ApplicationAvailabilityBean.class)
        .run(context -> {
          AvailabilityChangeEvent.publish(context, ReadinessState.REFUSING_TRAFFIC);

          var health = health(context);

          assertThat(health.getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
          assertThat(health.getDetails())
              .containsEntry("reason", "the application refuses traffic");
        });
  }

  @Test
  void stoppedServer_isUnknown() {
    runner
        .withPropertyValues("lhttp.auto-startup=false")
        .run(context -> {
          var health = health(context);

          assertThat(health.getStatus()).isEqualTo(Status.UNKNOWN);
        });
  }

  @Test
  void disabledIndicator_isAbsent() {
    runner
        .withPropertyValues("management.health.lhttp.enabled=false")
        .run(context -> assertThat(context).doesNotHaveBean("lhttpHealthIndicator"));
  }

  private static Health health(ApplicationContext context) {
    return Objects.requireNonNull(
        context.getBean("lhttpHealthIndicator", HealthIndicator.class).health());
  }
}
