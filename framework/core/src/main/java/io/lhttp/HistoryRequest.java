package io.lhttp;

import java.util.List;
import java.util.Optional;

/**
 * What a subscription wants of its channels' past.
 *
 * @param since a position per channel, or {@link #NOW}; empty where none is named
 * @param last the newest so many, where {@code since} names no position or none that is known; 0
 *     for all that is there
 */
public record HistoryRequest(List<String> since, int last) {
  /** Nothing of the past, but where it ends. */
  public static final String NOW = "now";

  public HistoryRequest {
    if (last < 0) {
      throw new IllegalArgumentException("expected a number of messages, not " + last);
    }
    since = List.copyOf(since);
  }

  /** What the channel of this number is to begin behind; empty for {@code last} or nothing. */
  public Optional<String> since(int channel) {
    return since.isEmpty() ? Optional.empty() : Optional.of(since.get(channel));
  }
}
