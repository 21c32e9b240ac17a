package io.lhttp.client;

import io.lhttp.message.Message;
import java.util.List;
import java.util.OptionalLong;

/**
 * Messages that this client will not get.
 *
 * @param channels where they were published; more than one where the server does not say which
 * @param missed how many; empty where nobody knows, and it may have been none
 */
public record Gap(List<String> channels, OptionalLong missed) {
  public Gap {
    channels = List.copyOf(channels);
  }

  static Gap counted(List<String> channels, long missed) {
    return new Gap(channels, OptionalLong.of(missed));
  }

  static Gap unknown(String channel) {
    return new Gap(List.of(channel), OptionalLong.empty());
  }

  /** The channels that a message tells of which nobody has subscribed to. */
  static List<String> channels(Message message) {
    return message
        .header("channel")
        .map(List::of)
        .orElseGet(() -> message.headers().words("publish"));
  }
}
