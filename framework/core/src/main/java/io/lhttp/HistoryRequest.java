package io.lhttp;

import java.util.List;
import java.util.Optional;

/**
 * The part of a subscription that requests earlier messages of its channels.
 *
 * @param since for each channel a position or {@link #NOW}; empty to request by {@code last}
 * @param last the number of newest messages to send if {@code since} is empty or no longer
 *     remembered; 0 for all
 */
public record HistoryRequest(List<String> since, int last) {
  /**
   * In place of a position: requests no earlier messages, only the position at which the history
   * ends now.
   */
  public static final String NOW = "now";

  public HistoryRequest {
    if (last < 0) {
      throw new IllegalArgumentException("expected a number of messages, not " + last);
    }
    since = List.copyOf(since);
  }

  /**
   * The position after which the messages of the channel with this index are requested; empty if
   * {@code last} decides.
   */
  public Optional<String> since(int channel) {
    return since.isEmpty() ? Optional.empty() : Optional.of(since.get(channel));
  }
}
