package io.lhttp.pubsub;

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
    var bytes = 0;
    for (var i = 0; i < channel.length() && bytes <= MAX_BYTES; i++) {
      var c = channel.charAt(i);
      if (c == ' ' || Character.isISOControl(c)) {
        throw malformed();
      }
      if (Character.isSurrogate(c)) {
        requirePair(channel, i++);
        bytes += 4;
      } else {
        bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
      }
    }
    if (bytes == 0 || bytes > MAX_BYTES) {
      throw malformed();
    }
  }

  /** A surrogate alone is no UTF-8: all of them would become the same question mark. */
  private static void requirePair(String channel, int at) {
    if (at + 1 == channel.length()
        || !Character.isSurrogatePair(channel.charAt(at), channel.charAt(at + 1))) {
      throw malformed();
    }
  }

  private static RefusedException malformed() {
    return new RefusedException(
        400, "a channel's name has 1 to 255 bytes, no space and no control character");
  }
}
