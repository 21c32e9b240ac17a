package io.lhttp.filters.presence;

import io.lhttp.internal.text.Json;
import io.lhttp.internal.text.JsonObject;
import io.lhttp.message.Message;
import java.util.List;

/**
 * Makes the messages to clients: lists of members and changes, as JSON. Users choose their names,
 * so that each name is escaped within its JSON string.
 */
final class PresenceMessages {
  static final String COMMAND = "presence";

  /** The most members in a notification, and in an answer if the client sets no limit. */
  static final int MEMBERS = 100;

  /** The length of a list beyond which members are left out: clients may not take more. */
  private static final int MAX_CHARS = 48 * 1024;

  private PresenceMessages() {}

  /** The notification that lists the members. */
  static Message list(ChannelPresence presence, ChannelPresence.Listing listing, boolean complete) {
    var message = head(presence, listing.count(), complete);
    return presence.rule.countOnly()
        ? message.build()
        : message.body(members(listing.members())).build();
  }

  /** The notification of members that have joined and left. */
  static Message changes(
      ChannelPresence presence, ChannelPresence.Notification notification, boolean complete) {
    var message = head(presence, notification.count(), complete);
    if (!presence.rule.countOnly()) {
      message.body(
          Json.object(to -> {
            add(to, "joined", notification.changes().joined());
            add(to, "left", notification.changes().left());
          }));
    }
    return message.build();
  }

  /** The body of a list. */
  static String members(List<Member> members) {
    return Json.object(to -> add(to, "members", members));
  }

  private static Message.Builder head(ChannelPresence presence, int count, boolean complete) {
    var message =
        Message.builder(COMMAND)
            .header("channel", presence.channel)
            .header("count", Integer.toString(count));
    return complete ? message : message.header("complete", "false");
  }

  /** Adds members while there is room; the header {@code count} says if there are more. */
  private static void add(JsonObject to, String name, List<Member> members) {
    to.objects(name, members, MAX_CHARS, PresenceMessages::add);
  }

  private static void add(JsonObject to, Member member) {
    if (!member.user().isEmpty()) {
      to.text("user", member.user());
    }
    to.text("connection", member.connection()).number("since", member.since());
  }
}
