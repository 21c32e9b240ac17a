package io.lhttp.filters.upstream;

import io.lhttp.Connection;
import io.lhttp.filters.upstream.EventsOptions.Event;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/**
 * An event to be delivered to a backend.
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
    var json = new StringBuilder(160);
    json.append("{\"event\":");
    text(json, name());
    json.append(",\"connection\":");
    text(json, connection);
    json.append(",\"user\":");
    text(json, user);
    json.append(",\"sequence\":").append(sequence).append(",\"time\":");
    text(json, time.toString());
    json.append(",\"channels\":[");
    for (var i = 0; i < channels.size(); i++) {
      json.append(i == 0 ? "" : ",");
      text(json, channels.get(i));
    }
    return json.append("]}").toString();
  }

  private static String name(Event event) {
    return event.name().toLowerCase(Locale.ROOT);
  }

  private static void text(StringBuilder json, String text) {
    json.append('"');
    for (var i = 0; i < text.length(); i++) {
      var c = text.charAt(i);
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < ' ') {
        json.append("\\u00")
            .append(Character.forDigit(c >> 4, 16))
            .append(Character.forDigit(c & 15, 16));
      } else {
        json.append(c);
      }
    }
    json.append('"');
  }
}
