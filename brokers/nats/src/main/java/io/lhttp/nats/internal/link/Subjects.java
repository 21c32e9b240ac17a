package io.lhttp.nats.internal.link;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.RefusedException;
import java.util.regex.Pattern;

/**
 * Maps channels to NATS' subjects. Under a prefix every channel is one token of {@code
 * [A-Za-z0-9_-]}. All other bytes of its UTF-8, and the underscore, are written as {@code _} and
 * two hexadecimal digits. Hence no name has a meaning for NATS, and no two names share a subject.
 */
public final class Subjects {
  private static final Pattern PREFIX = Pattern.compile("([A-Za-z0-9_-]+\\.)*");
  private static final int MAX_PREFIX = 128;
  private static final int MAX_SHORT = 64;
  private static final String INBOXES = "_INBOX";
  private static final char[] HEX = "0123456789ABCDEF".toCharArray();

  private final String prefix;

  public Subjects(String prefix) {
    this.prefix = prefix;
  }

  /** Throws IllegalArgumentException if the text can't come before a channel's token. */
  public static void requirePrefix(String prefix) {
    if (!PREFIX.matcher(prefix).matches()
        || prefix.length() > MAX_PREFIX
        || prefix.startsWith(INBOXES)) {
      throw new IllegalArgumentException(
          "subject-prefix: expected words of A-Z, a-z, 0-9, _ and -, each with a dot behind it,"
              + " such as lhttp.");
    }
  }

  /**
   * @throws RefusedException 400 if there is no prefix, and NATS has no such subject or reserves it
   */
  public String of(String channel) {
    return prefix.isEmpty() ? asItIs(channel) : prefix + token(channel);
  }

  /** The subject under which publications to a channel with a history are stored. */
  public String stored(String pattern, String channel) {
    return storedUnder(pattern) + token(channel);
  }

  /** The beginning of the subjects of all channels of a pattern. */
  public String storedUnder(String pattern) {
    return prefix + "history." + shortToken(pattern) + ".";
  }

  /** The subject on which NATS notifies of stored messages. */
  public String live(String channel) {
    return prefix + "live." + token(channel);
  }

  /** The stream that stores the channels of a pattern. */
  public String stream(String pattern) {
    return prefix.replace('.', '+') + "history+" + shortToken(pattern);
  }

  /** Shortens a token, because stream names are limited. */
  private static String shortToken(String pattern) {
    var token = token(pattern);
    return token.length() <= MAX_SHORT
        ? token
        : token.substring(0, MAX_SHORT - 9) + "-" + Integer.toHexString(pattern.hashCode());
  }

  /** The token of a channel. */
  static String token(String channel) {
    var plain = 0;
    while (plain < channel.length() && plain(channel.charAt(plain))) {
      plain++;
    }
    if (plain == channel.length()) {
      return channel;
    }
    var token = new StringBuilder(channel.length() + 16).append(channel, 0, plain);
    for (var b : channel.substring(plain).getBytes(UTF_8)) {
      if (plain((char) b)) {
        token.append((char) b);
      } else {
        token.append('_').append(HEX[(b >> 4) & 0xf]).append(HEX[b & 0xf]);
      }
    }
    return token.toString();
  }

  private static String asItIs(String channel) {
    if (channel.startsWith(".")
        || channel.endsWith(".")
        || channel.contains("..")
        || channel.indexOf('*') >= 0
        || channel.indexOf('>') >= 0
        || channel.charAt(0) == '$'
        || channel.startsWith(INBOXES)) {
      throw new RefusedException(400, "a channel of this cluster can't have this name");
    }
    return channel;
  }

  private static boolean plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  }
}
