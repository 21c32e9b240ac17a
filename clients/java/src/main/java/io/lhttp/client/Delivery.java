package io.lhttp.client;

import io.lhttp.message.Message;
import java.util.regex.Pattern;

/**
 * A message that a subscribed channel has delivered.
 *
 * @param message as it was published, with its header {@code publish}
 * @param missed the number of the channel's messages that the server dropped before this one,
 *     because this client read too slowly
 */
public record Delivery(String channel, Message message, long missed) {
  private static final Pattern COUNT = Pattern.compile("\\d{1,18}");

  /**
   * Returns the number in the header {@code missed}; 0 without the header, 1 if the number can't be
   * read.
   */
  static long missed(Message message) {
    return message
        .header("missed")
        .map(value -> COUNT.matcher(value).matches() ? Long.parseLong(value) : 1L)
        .orElse(0L);
  }
}
