package io.lhttp.channel;

import io.lhttp.RefusedException;

/** What may be a channel's name. */
public final class ChannelName {
  /** In bytes of UTF-8. */
  public static final int MAX_BYTES = 255;

  private ChannelName() {}

  /**
   * @throws RefusedException 400 for what is no channel's name
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
   * Whether a pattern means a channel: it is the channel's name, or the beginning of it and {@code
   * *}. What has a space is no channel, but something that servers tell each other, and fits none.
   */
  public static boolean fits(String pattern, String channel) {
    if (channel.indexOf(' ') >= 0) {
      return false;
    }
    return pattern.endsWith("*")
        ? channel.startsWith(pattern.substring(0, pattern.length() - 1))
        : channel.equals(pattern);
  }

  /** As UTF-8 all of them would be a question mark, and so one channel. */
  private static boolean loneSurrogate(int c) {
    return c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
  }

  private static RefusedException malformed() {
    return new RefusedException(
        400, "a channel's name has 1 to 255 bytes, no space and no control character");
  }
}
