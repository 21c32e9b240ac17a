package io.lhttp.client;

import io.lhttp.message.Message;
import java.util.regex.Pattern;

/**
 * What a channel brought.
 *
 * @param message as it was published, its {@code publish} header included
 * @param missed how many messages the server dropped before this one, because this client was slow
 */
public record Delivery(String channel, Message message, long missed) {
  private static final Pattern COUNT = Pattern.compile("\\d{1,18}");

  /** What the header {@code missed} says; a count that can't be read is at least one. */
  static long missed(Message message) {
    return message
        .header("missed")
        .map(value -> COUNT.matcher(value).matches() ? Long.parseLong(value) : 1L)
        .orElse(0L);
  }
}
