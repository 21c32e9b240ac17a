package io.lhttp.client;

import io.lhttp.message.Message;
import java.util.List;
import java.util.OptionalLong;

/**
 * Messages that this client will not get.
 *
 * @param channels the channels of the messages; more than one if the server does not say which
 * @param missed how many; empty if the server does not know, and it may have been none
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

  /** The channels of a message that belongs to no subscription. */
  static List<String> channels(Message message) {
    return message
        .header("channel")
        .map(List::of)
        .orElseGet(() -> message.headers().words("publish"));
  }
}
