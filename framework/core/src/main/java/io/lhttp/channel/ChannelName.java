package io.lhttp.channel;

import io.lhttp.RefusedException;

/** The rules for channels' names. */
public final class ChannelName {
  /** The longest name, in bytes of UTF-8. */
  public static final int MAX_BYTES = 255;

  private ChannelName() {}

  /**
   * Checks a name.
   *
   * @throws RefusedException 400 if the text is not a valid name of a channel
   */
  public static void require(String channel) {
    if (channel.isEmpty() || channel.length() > MAX_BYTES) {
      throw malformed();
    }
    var bytes = 0;
    for (var i = 0; i < channel.length(); ) {
      var c = channel.codePointAt(i);
      if (c == ' ' || Character.isISOControl(c) || loneSurrogate(c)) {
        throw malformed();
      }
      bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
      i += Character.charCount(c);
    }
    if (bytes > MAX_BYTES) {
      throw malformed();
    }
  }

  /**
   * Whether a pattern matches a channel. The pattern is a channel's name, or the beginning of names
   * followed by {@code *}. A name with a space is internal to servers and matches no pattern.
   */
  public static boolean fits(String pattern, String channel) {
    if (channel.indexOf(' ') >= 0) {
      return false;
    }
    return pattern.endsWith("*")
        ? channel.startsWith(pattern.substring(0, pattern.length() - 1))
        : channel.equals(pattern);
  }

  /**
   * Lone surrogates are refused, because UTF-8 would encode all of them as a question mark, so that
   * different names meant one channel.
   */
  private static boolean loneSurrogate(int c) {
    return c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
  }

  private static RefusedException malformed() {
    return new RefusedException(
        400, "a channel's name has 1 to 255 bytes, no space and no control character");
  }
}
