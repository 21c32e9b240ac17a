package io.lhttp.filters.presence;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.message.Message;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A message between servers about one channel, written as an LHTTP message with a line per member.
 * A message that can't be read is ignored; it comes from a broken server or another program.
 * Immutable.
 *
 * <p>The header {@code wire} names the version of the format that a reader has to know; without the
 * header the version is 1. An addition that older servers may ignore does not raise the version.
 */
sealed interface ServerMessage {
  /** The most members in one message. */
  int MAX_MEMBERS = 200;

  /** The version of the format that this server writes, and the latest that it reads. */
  int VERSION = 1;

  /** The most members of a channel on one server, and the most parts of their list. */
  int MAX_COUNT = 100_000_000;

  /** The name of the header with the version of the format. */
  String VERSION_HEADER = "wire";

  Pattern NUMBER = Pattern.compile("[0-9]{1,18}");

  /** Tells other servers that this server is alive; concerns no channel. */
  record Heartbeat(String server) implements ServerMessage {}

  /** Requests the {@link State} of all other servers. */
  record StateRequest(String server) implements ServerMessage {}

  /** The number of members that a server has, and its current version. */
  record Digest(String server, long version, int count) implements ServerMessage {}

  /**
   * The changes of a server's members since the version before.
   *
   * @param first whether the server had no member before
   * @param count the number of the server's members now
   * @param left the keys of members that have left
   */
  record Changes(
      String server, long version, boolean first, int count, List<Member> joined, List<String> left)
      implements ServerMessage {}

  /** One part of the list of all members that a server has at a version. */
  record State(String server, long version, int count, int part, int parts, List<Member> members)
      implements ServerMessage {}

  /** The name of the server that sent the message. */
  String server();

  default Message write() {
    var message =
        Message.builder("presence")
            .header(VERSION_HEADER, Integer.toString(VERSION))
            .header("server", server());
    switch (this) {
      case Heartbeat unused -> message.header("kind", "beat");
      case StateRequest unused -> message.header("kind", "ask");
      case Digest digest -> version(message, "digest", digest.version, digest.count);
      case Changes changes -> {
        version(message, "changes", changes.version, changes.count);
        if (changes.first) {
          message.header("first", "true");
        }
        var lines = new StringBuilder();
        changes.joined.forEach(member -> line(lines, member));
        changes.left.forEach(key -> lines.append(encode(key)).append('\n'));
        message.body(lines.toString());
      }
      case State state -> {
        version(message, "state", state.version, state.count);
        message.header("part", Integer.toString(state.part));
        message.header("parts", Integer.toString(state.parts));
        var lines = new StringBuilder();
        state.members.forEach(member -> line(lines, member));
        message.body(lines.toString());
      }
    }
    return message.build();
  }

  /** Whether a message has a later version than this server reads. */
  static boolean newer(Message message) {
    var needed = message.header(VERSION_HEADER).orElse("1");
    return NUMBER.matcher(needed).matches() && Long.parseLong(needed) > VERSION;
  }

  /** Reads a message; empty if it can't be read. */
  static Optional<ServerMessage> read(Message message) {
    try {
      if (newer(message) || number(message, VERSION_HEADER, 1) < 1) {
        return Optional.empty();
      }
      var server = text(message, "server");
      return Optional.of(
          switch (text(message, "kind")) {
            case "beat" -> new Heartbeat(server);
            case "ask" -> new StateRequest(server);
            case "digest" ->
                new Digest(server, number(message, "version"), count(message, "count"));
            case "changes" -> changes(server, message);
            case "state" ->
                new State(
                    server,
                    number(message, "version"),
                    count(message, "count"),
                    count(message, "part"),
                    count(message, "parts"),
                    members(message));
            default -> throw new IllegalArgumentException("unknown kind");
          });
    } catch (IllegalArgumentException | IndexOutOfBoundsException ignored) {
      return Optional.empty();
    }
  }

  private static Changes changes(String server, Message message) {
    var left =
        message.body().lines().filter(l -> l.indexOf(' ') < 0).map(ServerMessage::decode).toList();
    return new Changes(
        server,
        number(message, "version"),
        message.headers().is("first", "true"),
        count(message, "count"),
        members(message),
        left);
  }

  private static List<Member> members(Message message) {
    var members = new ArrayList<Member>();
    for (var line : message.body().split("\n", -1)) {
      var words = line.split(" ", -1);
      if (words.length == 4 && members.size() < MAX_MEMBERS) {
        members.add(
            new Member(decode(words[0]), decode(words[1]), decode(words[2]), number(words[3])));
      }
    }
    return members;
  }

  private static void version(Message.Builder message, String kind, long version, int count) {
    message
        .header("kind", kind)
        .header("version", Long.toString(version))
        .header("count", Integer.toString(count));
  }

  private static void line(StringBuilder lines, Member member) {
    lines
        .append(encode(member.key()))
        .append(' ')
        .append(encode(member.user()))
        .append(' ')
        .append(encode(member.connection()))
        .append(' ')
        .append(member.since())
        .append('\n');
  }

  private static String text(Message message, String name) {
    return message.header(name).orElseThrow(IllegalArgumentException::new);
  }

  private static int count(Message message, String name) {
    var count = number(message, name);
    if (count > MAX_COUNT) {
      throw new IllegalArgumentException("too many");
    }
    return (int) count;
  }

  private static long number(Message message, String name) {
    return number(text(message, name));
  }

  private static long number(Message message, String name, long otherwise) {
    var text = message.header(name);
    return text.isPresent() ? number(text.get()) : otherwise;
  }

  private static long number(String text) {
    if (!NUMBER.matcher(text).matches()) {
      throw new IllegalArgumentException("no number");
    }
    return Long.parseLong(text);
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, UTF_8);
  }

  private static String decode(String text) {
    return URLDecoder.decode(text, UTF_8);
  }
}
