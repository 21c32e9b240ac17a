package io.lhttp.filters.ratelimit;

import io.lhttp.Connection;
import io.lhttp.message.Message;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** What has a bucket of its own: {@code user}, or each pair of {@code address+command}. */
public record Per(Set<Part> parts) {
  /** A channel's name is no longer; what is will be refused, and is not worth keeping whole. */
  private static final int LONGEST = 255;

  private static final String EXPECTED =
      "one of connection, user, address, command, channel, or several with + between";

  /** What of a message and its sender counts. */
  public enum Part {
    /** A message that came by {@code POST /publish} counts by address. */
    CONNECTION,
    /** The principal's name; who has none counts by address. */
    USER,
    /** An IPv6 address counts with its /64 network. */
    ADDRESS,
    COMMAND,
    /** Each channel that the message publishes to; a message that publishes nothing is free. */
    CHANNEL
  }

  public Per {
    if (parts.isEmpty()) {
      throw new IllegalArgumentException(EXPECTED);
    }
    parts = Set.copyOf(parts);
  }

  public static Per parse(String text) {
    try {
      return new Per(
          Arrays.stream(text.split("\\+", -1))
              .map(part -> Part.valueOf(part.strip().toUpperCase(Locale.ROOT)))
              .collect(Collectors.toCollection(() -> EnumSet.noneOf(Part.class))));
    } catch (IllegalArgumentException _) {
      throw new IllegalArgumentException(EXPECTED);
    }
  }

  boolean channels() {
    return parts.contains(Part.CHANNEL);
  }

  /**
   * What finds the bucket.
   *
   * @param channel the one that is published to; empty where channels don't count
   */
  Object key(Connection connection, Message message, String channel) {
    if (parts.size() == 1) {
      return key(parts.iterator().next(), connection, message, channel);
    }
    return Arrays.stream(Part.values())
        .filter(parts::contains)
        .map(part -> key(part, connection, message, channel))
        .toList();
  }

  private static Object key(Part part, Connection connection, Message message, String channel) {
    return switch (part) {
      case CONNECTION ->
          connection.single()
              ? List.of("http", address(connection)) // no connection is called like this
              : connection.id();
      case USER ->
          connection.principal().anonymous()
              ? address(connection)
              : List.of(connection.principal().name()); // no user is called like an address
      case ADDRESS -> address(connection);
      case COMMAND -> message.command();
      case CHANNEL -> channel.length() > LONGEST ? channel.substring(0, LONGEST) : channel;
    };
  }

  /** The client's address; of IPv6 its /64 network. */
  static Object address(Connection connection) {
    InetAddress address = connection.handshake().remote().getAddress();
    return address instanceof Inet6Address six
        ? ByteBuffer.wrap(six.getAddress()).getLong()
        : String.valueOf(address);
  }

  @Override
  public String toString() {
    return parts.stream()
        .sorted()
        .map(part -> part.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining("+"));
  }
}
