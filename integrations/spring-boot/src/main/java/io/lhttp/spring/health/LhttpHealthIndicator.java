package io.lhttp.spring.health;

import io.lhttp.spring.LhttpServerLifecycle;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Reports {@code UP} while the server is ready, {@code OUT_OF_SERVICE} with the reason while it is
 * not, and {@code UNKNOWN} while it does not run.
 */
final class LhttpHealthIndicator implements HealthIndicator {
  private final LhttpServerLifecycle lifecycle;

  LhttpHealthIndicator(LhttpServerLifecycle lifecycle) {
    this.lifecycle = lifecycle;
  }

  @Override
  public Health health() {
    var server = lifecycle.find();
    if (server.isEmpty()) {
      return Health.unknown().build();
    }
    var reason = server.get().unready();
    return reason
        .map(text -> Health.outOfService().withDetail("reason", text))
        .orElseGet(Health::up)
        .withDetail("port", server.get().port())
        .build();
  }
}
