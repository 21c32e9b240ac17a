package io.lhttp.internal.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import org.junit.jupiter.api.Test;

/** The sampler picks some messages and gives each the weight of those that it stands for. */
class SamplerTest {
  private final Sampler sampler = new Sampler(1);

  @Test
  void firstMessages_weighOneEach() {
    for (var i = 0; i < Sampler.FIRST; i++) {
      assertThat(sampler.pick()).isOne();
    }
  }

  @Test
  void laterMessages_weightsSumToAllMessages() {
    var messages = 1_000_000;
    var sum = 0L;
    var picked = 0;
    for (var i = 0; i < messages; i++) {
      var weight = sampler.pick();
      sum += weight;
      picked += weight > 0 ? 1 : 0;
    }
    assertThat(sum).isCloseTo(messages, withinPercentage(2));
    assertThat(picked).isCloseTo(messages / Sampler.MEAN, withinPercentage(2));
  }
}
