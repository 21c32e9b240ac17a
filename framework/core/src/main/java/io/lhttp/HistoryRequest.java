package io.lhttp;

import java.util.List;
import java.util.Optional;

/**
 * The part of a subscription that requests earlier messages of its channels.
 *
 * @param since a position per channel, or {@link #NOW}; empty without positions
 * @param last the number of newest messages, if there is no known position; 0 for all
 */
public record HistoryRequest(List<String> since, int last) {
  /** Requests no earlier messages, but the history's end. */
  public static final String NOW = "now";

  public HistoryRequest {
    if (last < 0) {
      throw new IllegalArgumentException("expected a number of messages, not " + last);
    }
    since = List.copyOf(since);
  }

  /** The position behind which the channel of this number begins; empty for {@code last}. */
  public Optional<String> since(int channel) {
    return since.isEmpty() ? Optional.empty() : Optional.of(since.get(channel));
  }
}
