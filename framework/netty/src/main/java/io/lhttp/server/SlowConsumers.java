package io.lhttp.server;

import io.lhttp.channel.ChannelName;
import io.lhttp.channel.SlowConsumer;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which policy a channel has for consumers that are too slow. A pattern is a channel's name, or a
 * beginning of one followed by {@code *}; the first that fits decides, and {@link
 * SlowConsumer#CLOSE} where none does.
 */
public final class SlowConsumers {
  /** All channels close the connection. */
  public static final SlowConsumers CLOSE = new SlowConsumers(Map.of());

  private final Map<String, SlowConsumer> policies;

  private SlowConsumers(Map<String, SlowConsumer> policies) {
    this.policies = policies;
  }

  /** Policies by pattern, in the order in which they are tried. */
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
