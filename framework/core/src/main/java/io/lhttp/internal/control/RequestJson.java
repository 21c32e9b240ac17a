package io.lhttp.internal.control;

import io.lhttp.CloseStatus;
import io.lhttp.HistoryRequest;
import io.lhttp.control.Control;
import io.lhttp.control.Refresh;
import io.lhttp.control.Target;
import io.lhttp.internal.text.Json;
import io.lhttp.internal.text.JsonObject;
import java.time.Instant;
import java.util.Optional;

/** Writes and reads the requests between servers. Stateless. */
final class RequestJson {
  private static final String OPERATION = "operation";

  private RequestJson() {}

  static String write(Request<?> request) {
    return Json.object(to -> {
      switch (request) {
        case Request.Subscribe of -> {
          target(to.text(OPERATION, "subscribe"), of.target()).texts("channels", of.channels());
          of.history().ifPresent(history -> to.object("history", h -> history(h, history)));
        }
        case Request.Unsubscribe of ->
            target(to.text(OPERATION, "unsubscribe"), of.target()).texts("channels", of.channels());
        case Request.Disconnect of ->
            target(to.text(OPERATION, "disconnect"), of.target())
                .number("code", of.status().code())
                .text("reason", of.status().reason());
        case Request.RefreshLogins of -> {
          target(to.text(OPERATION, "refresh"), of.target());
          of.refresh().claims().ifPresent(claims -> to.value("claims", claims));
          of.refresh().expires().ifPresent(at -> to.number("expires", at.toEpochMilli()));
        }
        case Request.Enforce of ->
            to.text(OPERATION, "enforce").text("key", of.key()).number("revision", of.revision());
        case Request.ListMembers of ->
            page(to.text(OPERATION, "members"), of.after(), of.limit())
                .text("channel", of.channel());
        case Request.ListChannels of ->
            page(to.text(OPERATION, "channels"), of.after(), of.limit())
                .text("pattern", of.pattern());
        case Request.ListConnections of -> {
          page(to.text(OPERATION, "connections"), of.after(), of.limit());
          of.target().ifPresent(target -> target(to, target));
        }
        case Request.Describe() -> to.text(OPERATION, "describe");
      }
    });
  }

  private static JsonObject target(JsonObject to, Target target) {
    return to.text("kind", target.kind()).text("value", target.value());
  }

  private static JsonObject page(JsonObject to, String after, int limit) {
    return to.text("after", after).number("limit", limit);
  }

  private static void history(JsonObject to, HistoryRequest history) {
    to.texts("since", history.since()).number("last", history.last());
  }

  /**
   * Reads a request.
   *
   * @throws IllegalArgumentException if it is malformed, or not known to this server
   */
  static Request<?> read(String json) {
    var from = Fields.of(json);
    return switch (from.text(OPERATION)) {
      case "subscribe" ->
          new Request.Subscribe(
              target(from),
              from.texts("channels"),
              from.has("history")
                  ? Optional.of(history(from.object("history")))
                  : Optional.empty());
      case "unsubscribe" -> new Request.Unsubscribe(target(from), from.texts("channels"));
      case "disconnect" ->
          new Request.Disconnect(
              target(from), new CloseStatus(from.count("code"), from.text("reason")));
      case "refresh" ->
          new Request.RefreshLogins(
              target(from),
              new Refresh(
                  from.has("claims")
                      ? Optional.of(from.object("claims").claims())
                      : Optional.empty(),
                  from.has("expires")
                      ? Optional.of(Instant.ofEpochMilli(from.number("expires")))
                      : Optional.empty()));
      case "enforce" -> new Request.Enforce(from.text("key"), from.number("revision"));
      case "members" ->
          new Request.ListMembers(from.text("channel"), from.text("after"), limit(from));
      case "channels" ->
          new Request.ListChannels(from.text("pattern"), from.text("after"), limit(from));
      case "connections" ->
          new Request.ListConnections(
              from.has("kind") ? Optional.of(target(from)) : Optional.empty(),
              from.text("after"),
              limit(from));
      case "describe" -> new Request.Describe();
      default -> throw new IllegalArgumentException("unknown operation");
    };
  }

  private static Target target(Fields from) {
    var value = from.text("value");
    return switch (from.text("kind")) {
      case "user" -> Target.user(value);
      case "connection" -> Target.connection(value);
      case "session" -> Target.session(value);
      case "channel" -> Target.channel(value);
      default -> throw new IllegalArgumentException("unknown kind of target");
    };
  }

  private static int limit(Fields from) {
    var limit = from.count("limit");
    if (limit < 1 || limit > Control.MAX_LIMIT) {
      throw new IllegalArgumentException("limit");
    }
    return limit;
  }

  private static HistoryRequest history(Fields from) {
    return new HistoryRequest(from.texts("since"), from.count("last"));
  }
}
