package io.lhttp.pubsub;

import static java.nio.charset.StandardCharsets.UTF_8;

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
    var length = channel.length();
    if (length == 0 || length > MAX_BYTES) {
      throw malformed();
    }
    var ascii = true;
    for (var i = 0; i < length; i++) {
      var c = channel.charAt(i);
      if (c == ' ' || Character.isISOControl(c)) {
        throw malformed();
      }
      ascii &= c < 0x80;
    }
    if (!ascii && channel.getBytes(UTF_8).length > MAX_BYTES) {
      throw malformed();
    }
  }

  private static RefusedException malformed() {
    return new RefusedException(
        400, "a channel's name has 1 to 255 bytes, no space and no control character");
  }
}
