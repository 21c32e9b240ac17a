package io.lhttp.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.channel.SlowConsumer;
import java.util.LinkedHashMap;
import java.util.Map;
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

    assertThat(consumers.of("prices.important")).isEqualTo(SlowConsumer.CLOSE);
    assertThat(consumers.of("prices.other")).isEqualTo(SlowConsumer.LATEST);
    assertThat(consumers.of("prices.")).isEqualTo(SlowConsumer.LATEST);
    assertThat(consumers.of("prices")).isEqualTo(SlowConsumer.DROP_OLDEST);
  }

  @Test
  void noPatternMatches_policyIsClose() {
    var consumers = SlowConsumers.of(Map.of("news", SlowConsumer.LATEST));

    assertThat(consumers.of("new")).isEqualTo(SlowConsumer.CLOSE);
    assertThat(consumers.of("newsletter")).isEqualTo(SlowConsumer.CLOSE);
    assertThat(SlowConsumers.CLOSE.of("news")).isEqualTo(SlowConsumer.CLOSE);
  }

  @Test
  void starInMiddle_isLiteral() {
    var consumers = SlowConsumers.of(Map.of("a*b", SlowConsumer.LATEST));

    assertThat(consumers.of("a*b")).isEqualTo(SlowConsumer.LATEST);
    assertThat(consumers.of("axb")).isEqualTo(SlowConsumer.CLOSE);
  }
}
