package io.lhttp.server;

import io.lhttp.channel.ChannelName;
import io.lhttp.channel.SlowConsumer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

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
  public static SlowConsumers of(SequencedMap<String, SlowConsumer> policies) {
    return new SlowConsumers(new LinkedHashMap<>(policies));
  }

  /** Creates a policy for the channels that match one pattern. */
  public static SlowConsumers of(String pattern, SlowConsumer policy) {
    return new SlowConsumers(Map.of(pattern, policy));
  }

  /** Returns the policy of a channel. */
  public SlowConsumer policyOf(String channel) {
    for (var policy : policies.entrySet()) {
      if (ChannelName.fits(policy.getKey(), channel)) {
        return policy.getValue();
      }
    }
    return SlowConsumer.CLOSE;
  }
}
