package io.lhttp.client;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * The history and presence that a subscription gets beside new messages. Immutable.
 *
 * @param since the {@code position} of an earlier delivery: the messages behind it follow
 * @param last the newest so many messages; with {@code since}, only if the server no longer knows
 *     that position
 * @param presence called with the channel's subscribers, at first and after each change, if the
 *     channel has presence; runs as the {@link Listener}'s callbacks do
 */
public record SubscribeOptions(
    Optional<String> since, OptionalInt last, Optional<Consumer<Present>> presence) {
  /** New messages alone. */
  public static final SubscribeOptions NONE =
      new SubscribeOptions(Optional.empty(), OptionalInt.empty(), Optional.empty());

  /** The protocol's limit for the header {@code last}. */
  static final int MAX_LAST = 1_000;

  private static final Pattern POSITION = Pattern.compile("[A-Za-z0-9-]{1,64}");

  /**
   * @throws IllegalArgumentException for what is no position or no number from 1 to 1,000
   */
  public SubscribeOptions {
    if (since.isPresent() && !isPosition(since.get())) {
      throw new IllegalArgumentException(
          "since '%s': expected the header position of a delivery".formatted(since.get()));
    }
    if (last.isPresent() && (last.getAsInt() < 1 || last.getAsInt() > MAX_LAST)) {
      throw new IllegalArgumentException(
          "last %d: expected a number from 1 to %,d".formatted(last.getAsInt(), MAX_LAST));
    }
  }

  /** The messages behind an earlier delivery. */
  public static SubscribeOptions since(String position) {
    return NONE.withSince(position);
  }

  /** The newest so many messages, 1 to 1,000. */
  public static SubscribeOptions last(int count) {
    return NONE.withLast(count);
  }

  /** The channel's subscribers. */
  public static SubscribeOptions presence(Consumer<Present> callback) {
    return NONE.withPresence(callback);
  }

  public SubscribeOptions withSince(String position) {
    return new SubscribeOptions(Optional.of(position), last, presence);
  }

  public SubscribeOptions withLast(int count) {
    return new SubscribeOptions(since, OptionalInt.of(count), presence);
  }

  public SubscribeOptions withPresence(Consumer<Present> callback) {
    return new SubscribeOptions(since, last, Optional.of(callback));
  }

  /** Whether the client may keep a server's position and send it back. */
  static boolean isPosition(String text) {
    return POSITION.matcher(text).matches();
  }
}
