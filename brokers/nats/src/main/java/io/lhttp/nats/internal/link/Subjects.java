package io.lhttp.nats.internal.link;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.RefusedException;
import java.util.regex.Pattern;

/**
 * Makes NATS subjects from channels' names. After the prefix, a channel is one token of {@code
 * [A-Za-z0-9_-]}: each other byte of its UTF-8, and the underscore, becomes {@code _} and two
 * hexadecimal digits. So no subject contains a wildcard, and different names have different
 * subjects. Immutable.
 */
public final class Subjects {
  private static final Pattern PREFIX = Pattern.compile("([A-Za-z0-9_-]+\\.)*");
  private static final int MAX_PREFIX = 128;
  private static final int MAX_PATTERN_TOKEN = 64;
  private static final String INBOXES = "_INBOX";
  private static final char[] HEX = "0123456789ABCDEF".toCharArray();

  private final String prefix;

  public Subjects(String prefix) {
    this.prefix = prefix;
  }

  /**
   * Checks a prefix.
   *
   * @throws IllegalArgumentException if no subject can begin with it
   */
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
   * Returns the subject of a channel without a history.
   *
   * @throws RefusedException 400 if there is no prefix, and NATS does not allow the name as a
   *     subject or reserves it
   */
  public String of(String channel) {
    return prefix.isEmpty() ? unescaped(channel) : prefix + token(channel);
  }

  /**
   * The subject of messages to all servers. It has a space in its name, so that no channel has the
   * same; it needs a prefix.
   */
  public String ofServers() {
    return prefix + token("servers all");
  }

  /** The subject of messages to one server. */
  public String ofServer(String name) {
    return prefix + token("servers " + name);
  }

  /** The subject under which JetStream stores a channel of a pattern. */
  public String stored(String pattern, String channel) {
    return storedUnder(pattern) + token(channel);
  }

  /** The beginning of the subjects under which JetStream stores the channels of a pattern. */
  public String storedUnder(String pattern) {
    return prefix + "history." + shortToken(pattern) + ".";
  }

  /** The subject of JetStream's notifications of a channel's stored messages. */
  public String live(String channel) {
    return prefix + "live." + token(channel);
  }

  /** The name of the stream that stores the channels of a pattern. */
  public String stream(String pattern) {
    return prefix.replace('.', '+') + "history+" + shortToken(pattern);
  }

  /** The name of the bucket with the list of revocations of a prefix. */
  public static String bucket(String prefix) {
    return token(prefix + "revocations");
  }

  /** Returns the token of a pattern, cut to a length that NATS allows in a stream's name. */
  private static String shortToken(String pattern) {
    var token = token(pattern);
    return token.length() <= MAX_PATTERN_TOKEN
        ? token
        : token.substring(0, MAX_PATTERN_TOKEN - 9) + "-" + Integer.toHexString(pattern.hashCode());
  }

  /** Returns the token that stands for a name in a subject. */
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

  /**
   * Returns the name unchanged if NATS allows it as a subject without wildcards; otherwise refuses
   * it.
   */
  private static String unescaped(String channel) {
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
