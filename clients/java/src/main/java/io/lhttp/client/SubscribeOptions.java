package io.lhttp.client;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * The history and presence that a subscription requests in addition to live messages. Immutable.
 *
 * @param since the {@code position} of an earlier delivery; the server sends the messages after it
 * @param last the number of newest messages that the server sends; with {@code since}, only if the
 *     server no longer has that position
 * @param presence called with the channel's members, at first and after each change, if the channel
 *     has presence; runs as the callbacks of {@link Listener} do
 */
public record SubscribeOptions(
    Optional<String> since, OptionalInt last, Optional<Consumer<Present>> presence) {
  /** Requests live messages only. */
  public static final SubscribeOptions NONE =
      new SubscribeOptions(Optional.empty(), OptionalInt.empty(), Optional.empty());

  /** The largest value of the header {@code last} that the protocol allows. */
  static final int MAX_LAST = 1_000;

  private static final Pattern POSITION = Pattern.compile("[A-Za-z0-9-]{1,64}");

  /**
   * @throws IllegalArgumentException if {@code since} is no position, or {@code last} no number
   *     from 1 to 1,000
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

  /**
   * Requests the messages after an earlier delivery.
   *
   * @param position the delivery's header {@code position}
   */
  public static SubscribeOptions since(String position) {
    return NONE.withSince(position);
  }

  /**
   * Requests the newest messages.
   *
   * @param count their number, 1 to 1,000
   */
  public static SubscribeOptions last(int count) {
    return NONE.withLast(count);
  }

  /** Requests the channel's members. */
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

  /**
   * Whether the text has the form of a position, so that the client may send it back to a server.
   */
  static boolean isPosition(String text) {
    return POSITION.matcher(text).matches();
  }
}
