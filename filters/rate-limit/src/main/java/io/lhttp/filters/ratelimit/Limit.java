package io.lhttp.filters.ratelimit;

import java.util.List;
import java.util.Optional;

/**
 * A rate, and what it counts for.
 *
 * @param burst how many may come at once; without it as many as the rate has in its time
 * @param commands the only ones that count; none means all
 */
public record Limit(Per per, Rate rate, Optional<Integer> burst, List<String> commands) {
  public Limit {
    if (burst.isPresent() && burst.get() < 1) {
      throw new IllegalArgumentException("burst has to be positive: " + burst.get());
    }
    commands = List.copyOf(commands);
  }

  public static Limit of(String per, String rate) {
    return new Limit(Per.parse(per), Rate.parse(rate), Optional.empty(), List.of());
  }

  int most() {
    return burst.orElse(rate.count());
  }

  boolean concerns(String command) {
    return commands.isEmpty() || commands.contains(command);
  }
}
