package io.lhttp.client;

import io.lhttp.client.internal.protocol.Json;
import io.lhttp.message.Message;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The members of one channel, built from the server's presence messages: first a list, then
 * changes. The client's lock guards it.
 */
final class PresenceList {
  /** Identifies a member: by the user's name, or by the connection of a member without a user. */
  private record Key(boolean user, String name) {
    static Key of(Member member) {
      return new Key(member.user().isPresent(), member.user().orElse(member.connection()));
    }
  }

  private final Map<Key, Member> members = new LinkedHashMap<>();

  /**
   * Applies a presence message. Returns the event for the application.
   *
   * @throws IllegalArgumentException if the message is malformed
   */
  Present apply(Message message) {
    var body = message.bodyLength() == 0 ? Map.<String, Object>of() : Json.object(message.body());
    var all = members(body, "members");
    var joined = members(body, "joined");
    var left = members(body, "left");
    if (body.containsKey("members")) {
      members.clear();
    }
    left.forEach(member -> members.remove(Key.of(member)));
    all.forEach(this::add);
    joined.forEach(this::add);
    return new Present(
        count(message),
        !message.headers().is("complete", "false"),
        List.copyOf(members.values()),
        joined,
        left);
  }

  private void add(Member member) {
    members.put(Key.of(member), member);
  }

  private static long count(Message message) {
    var count = message.header("count").orElse("");
    if (!count.matches("\\d{1,18}")) {
      throw new IllegalArgumentException("presence: expected a number in the header count");
    }
    return Long.parseLong(count);
  }

  private static List<Member> members(Map<String, Object> body, String name) {
    var members = new ArrayList<Member>();
    if (!(body.getOrDefault(name, List.of()) instanceof List<?> list)) {
      throw new IllegalArgumentException("presence: expected a list of " + name);
    }
    for (var each : list) {
      if (!(each instanceof Map<?, ?> fields
          && fields.get("connection") instanceof String connection
          && fields.get("since") instanceof Long since)) {
        throw new IllegalArgumentException("presence: expected connection and since of a member");
      }
      var user =
          fields.get("user") instanceof String text ? Optional.of(text) : Optional.<String>empty();
      members.add(new Member(user, connection, Instant.ofEpochMilli(since)));
    }
    return members;
  }
}
