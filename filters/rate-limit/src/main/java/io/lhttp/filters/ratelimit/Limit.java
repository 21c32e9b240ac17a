package io.lhttp.filters.ratelimit;

import java.util.List;
import java.util.Optional;

/**
 * A rate, and the messages that it limits.
 *
 * @param per the parts of a message by which the limit counts
 * @param rate the messages in a time
 * @param burst the most messages at once, 1 at least; by default the count of the rate
 * @param commands the commands whose messages count; by default all
 */
public record Limit(KeyParts per, Rate rate, Optional<Integer> burst, List<String> commands) {
  public Limit {
    if (burst.isPresent() && burst.get() < 1) {
      throw new IllegalArgumentException("burst has to be positive: " + burst.get());
    }
    commands = List.copyOf(commands);
  }

  public static Limit of(String per, String rate) {
    return new Limit(KeyParts.parse(per), Rate.parse(rate), Optional.empty(), List.of());
  }

  int most() {
    return burst.orElse(rate.count());
  }

  boolean concerns(String command) {
    return commands.isEmpty() || commands.contains(command);
  }
}
