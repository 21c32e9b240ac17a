package io.lhttp;

import io.lhttp.message.Message;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A request of a client or of the server's code to subscribe a connection to channels. Immutable.
 *
 * @param channels the names of the channels; a repeated name counts once
 * @param history the requested earlier messages, with one position per channel or none; empty for
 *     live deliveries only
 * @param client the message by which the client requests; empty if the server's code subscribes.
 *     The subscription replies have its command, format and {@code id}
 */
public record SubscriptionRequest(
    List<String> channels, Optional<HistoryRequest> history, Optional<Message> client) {
  private static final String SUBSCRIBE = "subscribe";

  /**
   * @throws IllegalArgumentException if positions and channels differ in number
   */
  public SubscriptionRequest {
    channels = List.copyOf(channels);
    var positions = history.map(HistoryRequest::since).orElse(List.of()).size();
    if (positions > 0 && positions != channels.size()) {
      throw new IllegalArgumentException(
          "expected a position for each of %d channels, not %d"
              .formatted(channels.size(), positions));
    }
  }

  /** Creates a request of the server's code for live deliveries. */
  public static SubscriptionRequest of(List<String> channels) {
    return new SubscriptionRequest(channels, Optional.empty(), Optional.empty());
  }

  /**
   * Creates a request of the server's code with a history. Its subscription replies have the
   * command {@code subscribed}.
   */
  public static SubscriptionRequest of(List<String> channels, HistoryRequest history) {
    return new SubscriptionRequest(channels, Optional.of(history), Optional.empty());
  }

  /**
   * The channels that the client itself has named in its header {@code subscribe}; empty without a
   * client's message.
   */
  public Set<String> asked() {
    return client.isEmpty() ? Set.of() : Set.copyOf(client.get().headers().words(SUBSCRIBE));
  }
}
