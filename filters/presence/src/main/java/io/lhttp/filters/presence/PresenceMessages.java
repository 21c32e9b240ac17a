package io.lhttp.filters.presence;

import io.lhttp.message.Message;
import java.util.List;

/** What clients are told. Names are anybody's: nothing of them gets out of its JSON string. */
final class PresenceMessages {
  static final String COMMAND = "presence";

  /** Members in a note that nobody asked for, and where nobody says how many. */
  static final int MEMBERS = 100;

  /** A client need not take larger messages. */
  private static final int MAX_CHARS = 48 * 1024;

  private PresenceMessages() {}

  /** Who is there. */
  static Message list(ChannelPresence presence, ChannelPresence.Listing listing, boolean complete) {
    var note = head(presence, listing.count(), complete);
    return presence.rule.countOnly() ? note.build() : note.body(members(listing.members())).build();
  }

  /** Who has come and who has gone. */
  static Message changes(ChannelPresence presence, ChannelPresence.News news, boolean complete) {
    var note = head(presence, news.count(), complete);
    if (!presence.rule.countOnly()) {
      var body = new StringBuilder("{");
      append(body, "joined", news.came());
      body.append(',');
      append(body, "left", news.went());
      note.body(body.append('}').toString());
    }
    return note.build();
  }

  static String members(List<Member> members) {
    var body = new StringBuilder("{");
    append(body, "members", members);
    return body.append('}').toString();
  }

  private static Message.Builder head(ChannelPresence presence, int count, boolean complete) {
    var note =
        Message.builder(COMMAND)
            .header("channel", presence.channel)
            .header("count", Integer.toString(count));
    return complete ? note : note.header("complete", "false");
  }

  private static void append(StringBuilder body, String name, List<Member> members) {
    body.append('"').append(name).append("\":[");
    var separator = "";
    for (var member : members) {
      if (body.length() > MAX_CHARS) {
        break; // the count says that there are more
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

  /** Neither a JSON string nor a script element ends within it. */
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

  /** Line separators, and halves of a surrogate pair, which have no UTF-8. */
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
