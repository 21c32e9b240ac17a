package io.lhttp.filters.presence;

import io.lhttp.internal.text.Json;
import io.lhttp.internal.text.JsonObject;
import io.lhttp.message.Message;
import java.util.List;

/**
 * Makes the messages to clients: lists of members and changes, as JSON. Users choose their names,
 * so each name is escaped within its JSON string.
 */
final class PresenceMessages {
  static final String COMMAND = "presence";

  /** The most members in a notification, and in an answer to a client that names no limit. */
  static final int MEMBERS = 100;

  /**
   * The length in characters after which a list leaves out the remaining members, because longer
   * messages may exceed a client's limits.
   */
  private static final int MAX_CHARS = 48 * 1024;

  private PresenceMessages() {}

  /** Creates the notification that lists the members. */
  static Message list(ChannelPresence presence, ChannelPresence.Listing listing, boolean complete) {
    var message = head(presence, listing.count(), complete);
    return presence.rule.countOnly()
        ? message.build()
        : message.body(members(listing.members())).build();
  }

  /** Creates the notification of members that have joined and left. */
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

  /** Creates the body of a list of members. */
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

  /**
   * Adds members while the text has room. The header {@code count} tells clients the number of all
   * members.
   */
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
