package io.lhttp.client.internal.protocol;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the two answers of {@code POST /publish}: {@code {"channels":N}} and {@code
 * {"status":N,"error":"…"}}.
 */
public final class PublishAnswer {
  private PublishAnswer() {}

  /** Returns the number of channels; empty for any other answer. */
  public static Optional<Integer> channels(String json) {
    return object(json)
        .filter(answer -> answer.keySet().equals(Set.of("channels")))
        .map(answer -> answer.get("channels"))
        .filter(count -> count instanceof Long number && number >= 0 && number <= Integer.MAX_VALUE)
        .map(count -> ((Long) count).intValue());
  }

  /** Returns the reason of a refusal; empty for any other answer. */
  public static Optional<String> error(String json) {
    return object(json)
        .filter(answer -> answer.get("status") instanceof Long)
        .map(answer -> answer.get("error"))
        .filter(String.class::isInstance)
        .map(String.class::cast);
  }

  private static Optional<Map<String, Object>> object(String json) {
    try {
      return Optional.of(Json.object(json));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // another server, or a proxy, has answered
    }
  }
}
