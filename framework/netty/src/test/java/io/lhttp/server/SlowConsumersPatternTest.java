package io.lhttp.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.channel.SlowConsumer;
import java.util.LinkedHashMap;
import org.junit.jupiter.api.Test;

/** The first pattern that matches a channel decides its policy for slow consumers. */
class SlowConsumersPatternTest {
  @Test
  void severalPatterns_firstMatchDecides() {
    var policies = new LinkedHashMap<String, SlowConsumer>();
    policies.put("prices.important", SlowConsumer.CLOSE);
    policies.put("prices.*", SlowConsumer.LATEST);
    policies.put("*", SlowConsumer.DROP_OLDEST);
    var consumers = SlowConsumers.of(policies);

    assertThat(consumers.policyOf("prices.important")).isEqualTo(SlowConsumer.CLOSE);
    assertThat(consumers.policyOf("prices.other")).isEqualTo(SlowConsumer.LATEST);
    assertThat(consumers.policyOf("prices.")).isEqualTo(SlowConsumer.LATEST);
    assertThat(consumers.policyOf("prices")).isEqualTo(SlowConsumer.DROP_OLDEST);
  }

  @Test
  void noPatternMatches_policyIsClose() {
    var consumers = SlowConsumers.of("news", SlowConsumer.LATEST);

    assertThat(consumers.policyOf("new")).isEqualTo(SlowConsumer.CLOSE);
    assertThat(consumers.policyOf("newsletter")).isEqualTo(SlowConsumer.CLOSE);
    assertThat(SlowConsumers.CLOSE.policyOf("news")).isEqualTo(SlowConsumer.CLOSE);
  }

  @Test
  void starInMiddle_isLiteral() {
    var consumers = SlowConsumers.of("a*b", SlowConsumer.LATEST);

    assertThat(consumers.policyOf("a*b")).isEqualTo(SlowConsumer.LATEST);
    assertThat(consumers.policyOf("axb")).isEqualTo(SlowConsumer.CLOSE);
  }
}
