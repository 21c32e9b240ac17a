package io.lhttp.filters.upstream;

import io.lhttp.Connection;
import io.lhttp.filters.upstream.EventsOptions.Event;
import io.lhttp.internal.text.Json;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/**
 * An event that is sent to a backend.
 *
 * @param sequence counts the connection's events from 1
 */
record Webhook(
    Event event,
    String connection,
    String user,
    Identity.MessageSender sender,
    long sequence,
    Instant time,
    List<String> channels) {
  static Webhook of(
      Event event, Connection connection, long sequence, Instant time, List<String> channels) {
    return new Webhook(
        event,
        connection.id(),
        connection.principal().name(),
        Identity.MessageSender.of(connection, name(event)),
        sequence,
        time,
        List.copyOf(channels));
  }

  String name() {
    return name(event);
  }

  String json() {
    return Json.object(to ->
        to.text("event", name())
            .text("connection", connection)
            .text("user", user)
            .number("sequence", sequence)
            .text("time", time.toString())
            .texts("channels", channels));
  }

  private static String name(Event event) {
    return event.name().toLowerCase(Locale.ROOT);
  }
}
