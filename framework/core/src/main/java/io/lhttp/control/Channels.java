package io.lhttp.control;

import java.util.List;

/**
 * Channels with subscribers.
 *
 * @param channels by name
 * @param truncated whether there are more channels after the last one
 */
public record Channels(Reach reach, List<Channel> channels, boolean truncated) {
  public Channels {
    channels = List.copyOf(channels);
  }

  /** A channel with the number of its subscribers on all servers that answered. */
  public record Channel(String name, long subscribers) {}
}
