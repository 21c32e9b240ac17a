package io.lhttp.filters.presence;

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
      var body = new StringBuilder("{");
      append(body, "joined", notification.changes().joined());
      body.append(',');
      append(body, "left", notification.changes().left());
      message.body(body.append('}').toString());
    }
    return message.build();
  }

  /** The body of a list. */
  static String members(List<Member> members) {
    var body = new StringBuilder("{");
    append(body, "members", members);
    return body.append('}').toString();
  }

  private static Message.Builder head(ChannelPresence presence, int count, boolean complete) {
    var message =
        Message.builder(COMMAND)
            .header("channel", presence.channel)
            .header("count", Integer.toString(count));
    return complete ? message : message.header("complete", "false");
  }

  private static void append(StringBuilder body, String name, List<Member> members) {
    body.append('"').append(name).append("\":[");
    var separator = "";
    for (var member : members) {
      if (body.length() > MAX_CHARS) {
        break; // the header count shows that there are more
      }
      body.append(separator).append('{');
      if (!member.user().isEmpty()) {
        body.append("\"user\":");
        quote(body, member.user());
        body.append(',');
      }
      body.append("\"connection\":");
      quote(body, member.connection());
      body.append(",\"since\":").append(member.since()).append('}');
      separator = ",";
    }
    body.append(']');
  }

  /** Appends a JSON string. Its text can end neither the string nor an HTML script element. */
  private static void quote(StringBuilder body, String text) {
    body.append('"');
    for (var i = 0; i < text.length(); i++) {
      var c = text.charAt(i);
      if (c == '"' || c == '\\') {
        body.append('\\').append(c);
      } else if (c < ' ' || c == '<' || c == '>' || c == '&' || c == 0x7f || escaped(text, i)) {
        body.append("\\u").append("0123456789abcdef".charAt(c >> 12));
        body.append("0123456789abcdef".charAt((c >> 8) & 15));
        body.append("0123456789abcdef".charAt((c >> 4) & 15));
        body.append("0123456789abcdef".charAt(c & 15));
      } else {
        body.append(c);
      }
    }
    body.append('"');
  }

  /** Whether to escape a character: a line separator, or a lone surrogate, which has no UTF-8. */
  private static boolean escaped(String text, int i) {
    var c = text.charAt(i);
    if (Character.isHighSurrogate(c)) {
      return i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1));
    }
    if (Character.isLowSurrogate(c)) {
      return i == 0 || !Character.isHighSurrogate(text.charAt(i - 1));
    }
    return c == 0x2028 || c == 0x2029;
  }
}
