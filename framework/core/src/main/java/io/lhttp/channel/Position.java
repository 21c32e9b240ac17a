package io.lhttp.channel;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A place in a channel's history.
 *
 * @param epoch names the history; a place has no meaning in another history
 * @param offset grows with every publication
 */
public record Position(String epoch, long offset) {
  private static final Pattern FORM = Pattern.compile("([A-Za-z0-9]{1,32})-([0-9]{1,18})");

  /** Parses {@code EPOCH-OFFSET}; empty if the text is no position. */
  public static Optional<Position> parse(String text) {
    var matcher = FORM.matcher(text);
    return matcher.matches()
        ? Optional.of(new Position(matcher.group(1), Long.parseLong(matcher.group(2))))
        : Optional.empty();
  }

  @Override
  public String toString() {
    return epoch + "-" + offset;
  }
}
