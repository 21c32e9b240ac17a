package io.lhttp.client;

import io.lhttp.message.Message;
import java.util.regex.Pattern;

/**
 * A message that a subscribed channel has delivered.
 *
 * @param message as it was published, its {@code publish} header included
 * @param missed how many messages the server dropped before this one, because this client was slow
 */
public record Delivery(String channel, Message message, long missed) {
  private static final Pattern COUNT = Pattern.compile("\\d{1,18}");

  /** The number in the header {@code missed}; a number that can't be read is at least one. */
  static long missed(Message message) {
    return message
        .header("missed")
        .map(value -> COUNT.matcher(value).matches() ? Long.parseLong(value) : 1L)
        .orElse(0L);
  }
}
