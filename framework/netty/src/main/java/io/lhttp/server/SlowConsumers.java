package io.lhttp.server;

import io.lhttp.channel.ChannelName;
import io.lhttp.channel.SlowConsumer;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The policies for slow consumers, by pattern: a channel's name, or the beginning of names followed
 * by {@code *}. The first match decides; without a match the policy is {@link SlowConsumer#CLOSE}.
 */
public final class SlowConsumers {
  /** For every channel the policy {@link SlowConsumer#CLOSE}. */
  public static final SlowConsumers CLOSE = new SlowConsumers(Map.of());

  private final Map<String, SlowConsumer> policies;

  private SlowConsumers(Map<String, SlowConsumer> policies) {
    this.policies = policies;
  }

  /** Creates policies by pattern, in the order in which the server tries them. */
  public static SlowConsumers of(Map<String, SlowConsumer> policies) {
    return new SlowConsumers(new LinkedHashMap<>(policies));
  }

  public SlowConsumer of(String channel) {
    for (var policy : policies.entrySet()) {
      if (ChannelName.fits(policy.getKey(), channel)) {
        return policy.getValue();
      }
    }
    return SlowConsumer.CLOSE;
  }
}
