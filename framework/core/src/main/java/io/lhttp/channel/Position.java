package io.lhttp.channel;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A place in a channel's history.
 *
 * @param epoch which history; another one knows nothing of this one's places
 * @param offset grows with every publication
 */
public record Position(String epoch, long offset) {
  private static final Pattern FORM = Pattern.compile("([A-Za-z0-9]{1,32})-([0-9]{1,18})");

  /** Reads {@code EPOCH-OFFSET}; empty where it is none. */
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
