package io.lhttp.filters.ratelimit;

import io.lhttp.ClientKey;
import io.lhttp.Connection;
import io.lhttp.message.Message;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The properties of a message that share a bucket: {@code user} means a bucket for each user,
 * {@code address+command} one for each pair of address and command.
 */
public record KeyParts(Set<Part> parts) {
  /**
   * The length in bytes of the longest valid channel name. Longer names are cut in keys, because
   * another filter refuses them anyway.
   */
  private static final int LONGEST = 255;

  private static final String EXPECTED =
      "one of connection, user, address, command, channel, or several with + between";

  /** A property of a message or its sender. */
  public enum Part {
    /** The connection; a message by {@code POST /publish} counts by address. */
    CONNECTION,
    /** The user's name; an anonymous client counts by address. */
    USER,
    /** The address, as {@link ClientKey} groups addresses. */
    ADDRESS,
    COMMAND,
    /** Each channel that the message publishes to; a message without publications is free. */
    CHANNEL
  }

  public KeyParts {
    if (parts.isEmpty()) {
      throw new IllegalArgumentException(EXPECTED);
    }
    parts = Set.copyOf(parts);
  }

  public static KeyParts parse(String text) {
    try {
      return new KeyParts(
          Arrays.stream(text.split("\\+", -1))
              .map(part -> Part.valueOf(part.strip().toUpperCase(Locale.ROOT)))
              .collect(Collectors.toCollection(() -> EnumSet.noneOf(Part.class))));
    } catch (IllegalArgumentException ignored) {
      throw new IllegalArgumentException(EXPECTED);
    }
  }

  boolean channels() {
    return parts.contains(Part.CHANNEL);
  }

  /** Whether messages of this connection count by its address. */
  boolean countsAddress(Connection connection) {
    return parts.contains(Part.ADDRESS)
        || (parts.contains(Part.USER) && connection.principal().anonymous())
        || (parts.contains(Part.CONNECTION) && connection.single());
  }

  /**
   * Returns the key of the bucket.
   *
   * @param address the connection's address, or a network around it
   * @param channel a channel of the publication; empty if the limit does not count channels
   */
  Object key(Connection connection, ClientKey address, Message message, String channel) {
    if (parts.size() == 1) {
      return key(parts.iterator().next(), connection, address, message, channel);
    }
    return Arrays.stream(Part.values())
        .filter(parts::contains)
        .map(part -> key(part, connection, address, message, channel))
        .toList();
  }

  private static Object key(
      Part part, Connection connection, ClientKey address, Message message, String channel) {
    return switch (part) {
      case CONNECTION ->
          connection.single()
              ? List.of("http", address) // no connection has an id of this form
              : connection.id();
      case USER -> connection.principal().anonymous() ? address : ClientKey.of(connection);
      case ADDRESS -> address;
      case COMMAND -> message.command();
      case CHANNEL -> channel.length() > LONGEST ? channel.substring(0, LONGEST) : channel;
    };
  }

  @Override
  public String toString() {
    return parts.stream()
        .sorted()
        .map(part -> part.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining("+"));
  }
}
