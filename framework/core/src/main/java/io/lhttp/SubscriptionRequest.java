package io.lhttp;

import io.lhttp.message.Message;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A request of a client or of code to subscribe a connection to channels. Immutable.
 *
 * @param channels their names; to name one twice is to name it once
 * @param history what is wanted of their past; it names as many positions as there are channels, or
 *     none. Empty for live deliveries alone
 * @param client the client's message that asks, as it was received; empty where code subscribes by
 *     itself. The server's subscription replies carry its command, format and {@code id}
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

  /** Code's own subscription to live deliveries. */
  public static SubscriptionRequest of(List<String> channels) {
    return new SubscriptionRequest(channels, Optional.empty(), Optional.empty());
  }

  /** Code's own subscription; its replies have the command {@code subscribed}. */
  public static SubscriptionRequest of(List<String> channels, HistoryRequest history) {
    return new SubscriptionRequest(channels, Optional.of(history), Optional.empty());
  }

  /** The channels that the client itself has named: its header {@code subscribe} has them. */
  public Set<String> asked() {
    return client.isEmpty() ? Set.of() : Set.copyOf(client.get().headers().words(SUBSCRIBE));
  }
}
