package io.lhttp.client.internal.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Collection;

/** Checks the names of channels. */
public final class ChannelNames {
  /** The longest name, in bytes of UTF-8. */
  private static final int MAX_BYTES = 255;

  private ChannelNames() {}

  public static String require(String name) {
    if (name.isEmpty()
        || name.getBytes(UTF_8).length > MAX_BYTES
        || name.codePoints().anyMatch(ChannelNames::forbidden)) {
      throw new IllegalArgumentException(
          "a channel's name has 1 to 255 bytes, no space and no control character, this is not one: '%s'"
              .formatted(name));
    }
    return name;
  }

  /**
   * Whether a character must not be in a name. A lone surrogate must not, because UTF-8 would
   * replace it by a question mark.
   */
  private static boolean forbidden(int c) {
    return c == ' '
        || Character.isISOControl(c)
        || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
  }

  /** Returns the value of a header that lists channels. */
  public static String list(Collection<String> names) {
    if (names.isEmpty()) {
      throw new IllegalArgumentException("no channel is named");
    }
    names.forEach(ChannelNames::require);
    return String.join(" ", names);
  }
}
