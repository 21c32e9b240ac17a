package io.lhttp.client;

import io.lhttp.message.Message;
import java.util.List;
import java.util.OptionalLong;

/**
 * Messages that this client has lost.
 *
 * @param channels the channels of the messages; more than one if the server does not say which of
 *     them
 * @param missed the number of lost messages, which may be zero; empty if the server does not know
 *     it
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

  /** Returns the channels that a message names which belongs to no subscription. */
  static List<String> channels(Message message) {
    return message
        .header("channel")
        .map(List::of)
        .orElseGet(() -> message.headers().words("publish"));
  }
}
