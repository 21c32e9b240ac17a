package io.lhttp.client;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * Where a subscription begins in its channel's history, if the channel has one.
 *
 * @param after the {@code position} of a delivery that was seen before: what came behind it follows
 * @param last that many of the newest, where there is no such position or it is not known any more
 */
public record Start(Optional<String> after, OptionalInt last) {
  /** Now: nothing of the past. */
  public static final Start NOW = new Start(Optional.empty(), OptionalInt.empty());

  /** As the protocol has it. */
  static final int MAX_LAST = 1_000;

  private static final Pattern POSITION = Pattern.compile("[A-Za-z0-9-]{1,64}");

  /**
   * @throws IllegalArgumentException for what is no position or no number from 1 to 1,000
   */
  public Start {
    if (after.isPresent() && !isPosition(after.get())) {
      throw new IllegalArgumentException(
          "a position is what the header position of a delivery says, not '%s'"
              .formatted(after.get()));
    }
    if (last.isPresent() && (last.getAsInt() < 1 || last.getAsInt() > MAX_LAST)) {
      throw new IllegalArgumentException(
          "of the newest 1 to %,d can be had, not %d".formatted(MAX_LAST, last.getAsInt()));
    }
  }

  /** Behind a delivery that was seen before. */
  public static Start after(String position) {
    return new Start(Optional.of(position), OptionalInt.empty());
  }

  /** With the newest so many, 1 to 1,000. */
  public static Start last(int count) {
    return new Start(Optional.empty(), OptionalInt.of(count));
  }

  /** The same, and with the newest so many where the position is not known any more. */
  public Start orLast(int count) {
    return new Start(after, OptionalInt.of(count));
  }

  /** A server's word is kept, and said again: it may hold nothing else. */
  static boolean isPosition(String text) {
    return POSITION.matcher(text).matches();
  }
}
