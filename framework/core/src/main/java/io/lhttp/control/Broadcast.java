package io.lhttp.control;

import io.lhttp.Outcome;
import io.lhttp.channel.Position;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The results of one message that was published to several channels.
 *
 * @param results by channel, in the order of the request
 */
public record Broadcast(Map<String, Result> results) {
  public Broadcast {
    results = Collections.unmodifiableMap(new LinkedHashMap<>(results));
  }

  /** The number of channels that did not get the message. */
  public long refused() {
    return results.values().stream().filter(result -> result.refused().isPresent()).count();
  }

  /**
   * The result of one channel.
   *
   * @param position in the channel's history; empty without one
   * @param refused the reason why the channel did not get the message; empty if it did
   */
  public record Result(Optional<Position> position, Optional<Outcome.Refused> refused) {}
}
