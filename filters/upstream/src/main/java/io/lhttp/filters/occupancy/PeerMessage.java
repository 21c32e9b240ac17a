package io.lhttp.filters.occupancy;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.message.Message;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A message between servers about occupied channels, written as an LHTTP message with a line for
 * each channel. A message that can't be read is ignored. Immutable.
 *
 * <p>The header {@code wire} names the version of the format that a reader has to know.
 */
sealed interface PeerMessage {
  /** The most lines in one message. */
  int MAX_LINES = 500;

  int MAX_NAME = 64;
  int FORMAT = 1;
  int MAX_PARTS = 100_000;
  Pattern NUMBER = Pattern.compile("[0-9]{1,18}");

  /** The name of the sending server. */
  String server();

  /**
   * Tells that a server is alive.
   *
   * @param log the number of its last {@link Change} or {@link Report}
   * @param settled whether the server owns channels
   * @param merges how often a server that was thought to be gone has returned
   * @param version the greatest version of an event that the server knows
   */
  record Beat(String server, long log, boolean settled, long merges, long version)
      implements PeerMessage {}

  /** Requests the {@link State} of all other servers. */
  record Ask(String server) implements PeerMessage {}

  /** Tells that a server ends, with all its subscribers. */
  record Bye(String server) implements PeerMessage {}

  /** Channels that have got their first, or lost their last, subscriber on the server. */
  record Change(String server, long log, List<String> occupied, List<String> vacated)
      implements PeerMessage {}

  /** The reports about channels that the server has sent, or takes over. */
  record Report(String server, long log, List<Occupation> occupations) implements PeerMessage {}

  /** One part of all that a server's messages have said up to one of them. */
  record State(
      String server,
      long log,
      int part,
      int parts,
      List<String> occupied,
      List<Occupation> occupations)
      implements PeerMessage {}

  default Message write() {
    var message =
        Message.builder("occupancy")
            .header("wire", Integer.toString(FORMAT))
            .header("server", server());
    switch (this) {
      case Beat beat ->
          message
              .header("kind", "beat")
              .header("log", Long.toString(beat.log))
              .header("settled", Boolean.toString(beat.settled))
              .header("merges", Long.toString(beat.merges))
              .header("version", Long.toString(beat.version));
      case Ask unused -> message.header("kind", "ask");
      case Bye unused -> message.header("kind", "bye");
      case Change change -> {
        message.header("kind", "change").header("log", Long.toString(change.log));
        var lines = new StringBuilder();
        change.occupied.forEach(channel -> line(lines, '+', channel));
        change.vacated.forEach(channel -> line(lines, '-', channel));
        message.body(lines.toString());
      }
      case Report report -> {
        message.header("kind", "report").header("log", Long.toString(report.log));
        var lines = new StringBuilder();
        report.occupations.forEach(occupation -> line(lines, occupation));
        message.body(lines.toString());
      }
      case State state -> {
        message
            .header("kind", "state")
            .header("log", Long.toString(state.log))
            .header("part", Integer.toString(state.part))
            .header("parts", Integer.toString(state.parts));
        var lines = new StringBuilder();
        state.occupied.forEach(channel -> line(lines, '+', channel));
        state.occupations.forEach(occupation -> line(lines, occupation));
        message.body(lines.toString());
      }
    }
    return message.build();
  }

  /** Reads a message; empty if it can't be read. */
  static Optional<PeerMessage> read(Message message) {
    try {
      var server = text(message, "server");
      if (number(message, "wire") != FORMAT || server.isEmpty() || server.length() > MAX_NAME) {
        return Optional.empty();
      }
      return Optional.of(
          switch (text(message, "kind")) {
            case "beat" ->
                new Beat(
                    server,
                    number(message, "log"),
                    message.headers().is("settled", "true"),
                    number(message, "merges"),
                    number(message, "version"));
            case "ask" -> new Ask(server);
            case "bye" -> new Bye(server);
            case "change" ->
                new Change(
                    server, number(message, "log"), channels(message, '+'), channels(message, '-'));
            case "report" ->
                new Report(server, number(message, "log"), occupations(message, server));
            case "state" ->
                new State(
                    server,
                    number(message, "log"),
                    part(message, "part"),
                    part(message, "parts"),
                    channels(message, '+'),
                    occupations(message, server));
            default -> throw new IllegalArgumentException("unknown kind");
          });
    } catch (IllegalArgumentException | IndexOutOfBoundsException ignored) {
      return Optional.empty();
    }
  }

  private static void line(StringBuilder lines, char kind, String channel) {
    lines.append(kind).append(URLEncoder.encode(channel, UTF_8)).append('\n');
  }

  private static void line(StringBuilder lines, Occupation occupation) {
    lines
        .append('=')
        .append(URLEncoder.encode(occupation.channel(), UTF_8))
        .append(' ')
        .append(occupation.id())
        .append(' ')
        .append(occupation.occupied() ? '+' : '-')
        .append(' ')
        .append(occupation.version())
        .append(' ')
        .append(occupation.delivery())
        .append('\n');
  }

  private static List<String> channels(Message message, char kind) {
    var channels = new ArrayList<String>();
    for (var line : message.body().split("\n", MAX_LINES + 1)) {
      if (!line.isEmpty() && line.charAt(0) == kind) {
        channels.add(name(line.substring(1)));
      }
    }
    return channels;
  }

  private static List<Occupation> occupations(Message message, String server) {
    var occupations = new ArrayList<Occupation>();
    for (var line : message.body().split("\n", MAX_LINES + 1)) {
      if (!line.isEmpty() && line.charAt(0) == '=') {
        var words = line.substring(1).split(" ", -1);
        if (words.length != 5 || words[1].length() > MAX_NAME) {
          throw new IllegalArgumentException("no occupation");
        }
        occupations.add(
            new Occupation(
                name(words[0]),
                words[1],
                words[2].equals("+"),
                number(words[3]),
                server,
                Occupation.Delivery.valueOf(words[4])));
      }
    }
    return occupations;
  }

  private static String name(String encoded) {
    var channel = URLDecoder.decode(encoded, UTF_8);
    if (channel.isEmpty() || channel.length() > 255) {
      throw new IllegalArgumentException("no channel");
    }
    return channel;
  }

  private static int part(Message message, String name) {
    var part = number(message, name);
    if (part > MAX_PARTS) {
      throw new IllegalArgumentException("too many");
    }
    return (int) part;
  }

  private static String text(Message message, String name) {
    return message.header(name).orElseThrow(IllegalArgumentException::new);
  }

  private static long number(Message message, String name) {
    return number(text(message, name));
  }

  private static long number(String text) {
    if (!NUMBER.matcher(text).matches()) {
      throw new IllegalArgumentException("no number");
    }
    return Long.parseLong(text);
  }
}
