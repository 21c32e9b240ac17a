package io.lhttp.filters.upstream;

import io.lhttp.Connection;
import io.lhttp.filters.occupancy.OccupancyEvent;
import io.lhttp.filters.upstream.EventsOptions.Event;
import io.lhttp.internal.text.Json;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * An event that is sent to a backend.
 *
 * @param about the connection or the channel, for the log
 * @param sequence counts the connection's events from 1; empty for an event of a channel
 * @param json the body of the request
 */
record Webhook(
    String name, String about, Identity.MessageSender sender, OptionalLong sequence, String json) {
  static Webhook of(
      Event event, Connection connection, long sequence, Instant time, List<String> channels) {
    var name = name(event);
    var json =
        Json.object(to -> {
          to.text("event", name)
              .text("connection", connection.id())
              .text("user", connection.principal().name())
              .number("sequence", sequence)
              .text("time", time.toString());
          if (event != Event.AUTHENTICATED) {
            to.texts("channels", channels);
          }
        });
    return new Webhook(
        name,
        "connection " + connection.id(),
        Identity.MessageSender.of(connection, name),
        OptionalLong.of(sequence),
        json);
  }

  static Webhook of(OccupancyEvent event) {
    var name = name(event.occupied() ? Event.OCCUPIED : Event.VACATED);
    var json =
        Json.object(to ->
            to.text("event", name)
                .text("channel", event.channel())
                .text("occupation", event.occupation())
                .number("version", event.version())
                .text("time", event.time().toString()));
    return new Webhook(
        name,
        "channel " + LogText.of(event.channel(), 255),
        Identity.MessageSender.ofServer(name),
        OptionalLong.empty(),
        json);
  }

  private static String name(Event event) {
    return event.name().toLowerCase(Locale.ROOT);
  }
}
