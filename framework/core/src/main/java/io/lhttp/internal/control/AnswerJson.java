package io.lhttp.internal.control;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.Outcome;
import io.lhttp.channel.Peers;
import io.lhttp.control.Changes;
import io.lhttp.control.Channels;
import io.lhttp.control.Connections;
import io.lhttp.control.Members;
import io.lhttp.internal.text.Json;
import io.lhttp.internal.text.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Writes and reads the answers between servers. Stateless. */
final class AnswerJson {
  private AnswerJson() {}

  /** Writes an answer. A list that exceeds {@link Peers#MAX_BYTES} is cut and marked so. */
  static String write(Answer answer) {
    var json = Json.object(to -> write(to, answer));
    return json.length() > Peers.MAX_BYTES / 3 && json.getBytes(UTF_8).length > Peers.MAX_BYTES
        ? write(firstHalf(answer))
        : json;
  }

  private static void write(JsonObject to, Answer answer) {
    to.number("matched", answer.matched());
    switch (answer) {
      case Answer.Counts of ->
          to.number("changed", of.changed())
              .objects("refusals", of.refusals(), AnswerJson::refusal);
      case Answer.Members of ->
          to.number("users", of.users())
              .number("anonymous", of.anonymous())
              .objects(
                  "members",
                  of.members(),
                  (item, member) ->
                      item.text("user", member.user()).number("connections", member.connections()))
              .flag("truncated", of.truncated());
      case Answer.Channels of ->
          to.objects(
                  "channels",
                  of.channels(),
                  (item, channel) ->
                      item.text("name", channel.name())
                          .number("subscribers", channel.subscribers()))
              .flag("truncated", of.truncated());
      case Answer.Connections of ->
          to.objects("connections", of.connections(), AnswerJson::connection)
              .flag("truncated", of.truncated());
      case Answer.Description of ->
          to.text("version", of.version())
              .number("uptime", of.uptime().toMillis())
              .number("connections", of.connections())
              .number("channels", of.channels())
              .number("generation", of.generation())
              .flag("draining", of.draining());
    }
  }

  private static void refusal(JsonObject to, Changes.Refusal refusal) {
    to.number("status", refusal.why().status())
        .text("reason", refusal.why().reason())
        .number("connections", refusal.connections());
  }

  private static void connection(JsonObject to, Connections.Item item) {
    to.text("id", item.id())
        .text("user", item.user())
        .number("since", item.since().toEpochMilli())
        .text("address", item.address())
        .texts("channels", item.channels())
        .number("channelCount", item.channelCount())
        .number("queuedBytes", item.queuedBytes());
    item.session().ifPresent(session -> to.text("session", session));
  }

  private static Answer firstHalf(Answer answer) {
    return switch (answer) {
      case Answer.Members of ->
          new Answer.Members(
              of.matched(), of.users(), of.anonymous(), firstHalf(of.members()), true);
      case Answer.Channels of -> new Answer.Channels(firstHalf(of.channels()), true);
      case Answer.Connections of ->
          new Answer.Connections(of.matched(), firstHalf(of.connections()), true);
      case Answer.Counts of ->
          new Answer.Counts(of.matched(), of.changed(), firstHalf(of.refusals()));
      case Answer.Description of ->
          throw new IllegalStateException("a description has a bounded length");
    };
  }

  private static <T> List<T> firstHalf(List<T> items) {
    return items.subList(0, items.size() / 2);
  }

  /**
   * Reads the answer to a request.
   *
   * @param server the name of the answering server
   * @throws IllegalArgumentException if it is malformed
   */
  @SuppressWarnings("unchecked") // each request's answer has the request's type
  static <A extends Answer> A read(Request<A> request, String json, String server) {
    var from = Fields.of(json);
    return (A)
        switch (request) {
          case Request.Subscribe of -> counts(from);
          case Request.Unsubscribe of -> counts(from);
          case Request.Disconnect of -> counts(from);
          case Request.RefreshLogins of -> counts(from);
          case Request.Enforce of -> counts(from);
          case Request.ListMembers of ->
              new Answer.Members(
                  from.natural("matched"),
                  from.natural("users"),
                  from.natural("anonymous"),
                  items(from, "members", of.limit(), AnswerJson::member),
                  truncated(from, "members"));
          case Request.ListChannels of ->
              new Answer.Channels(
                  items(from, "channels", of.limit(), AnswerJson::channel),
                  truncated(from, "channels"));
          case Request.ListConnections of ->
              new Answer.Connections(
                  from.natural("matched"),
                  items(from, "connections", of.limit(), item -> connection(item, server)),
                  truncated(from, "connections"));
          case Request.Describe() ->
              new Answer.Description(
                  from.text("version"),
                  Duration.ofMillis(from.natural("uptime")),
                  from.natural("connections"),
                  from.natural("channels"),
                  from.natural("generation"),
                  from.flag("draining"));
        };
  }

  private static <T> List<T> items(
      Fields from, String name, int limit, java.util.function.Function<Fields, T> read) {
    var items = from.objects(name, read);
    if (items.size() > limit) {
      throw new IllegalArgumentException("too many " + name);
    }
    return items;
  }

  /** Reads whether a list was cut. A list without items has no end after which one could go on. */
  private static boolean truncated(Fields from, String name) {
    var truncated = from.flag("truncated");
    if (truncated && from.objects(name, item -> item).isEmpty()) {
      throw new IllegalArgumentException("an empty list can't be cut");
    }
    return truncated;
  }

  private static Answer.Counts counts(Fields from) {
    var refusals =
        from.objects(
            "refusals",
            item ->
                new Changes.Refusal(
                    Outcome.refused(item.count("status"), item.text("reason")),
                    item.natural("connections")));
    if (refusals.size() > Refusals.MAX) {
      throw new IllegalArgumentException("too many refusals");
    }
    return new Answer.Counts(from.natural("matched"), from.natural("changed"), refusals);
  }

  private static Members.Member member(Fields from) {
    return new Members.Member(from.text("user"), from.natural("connections"));
  }

  private static Channels.Channel channel(Fields from) {
    return new Channels.Channel(from.text("name"), from.natural("subscribers"));
  }

  private static Connections.Item connection(Fields from, String server) {
    return new Connections.Item(
        server,
        from.text("id"),
        from.text("user"),
        from.optional("session"),
        Instant.ofEpochMilli(from.number("since")),
        from.text("address"),
        from.texts("channels"),
        from.count("channelCount"),
        from.natural("queuedBytes"));
  }
}
