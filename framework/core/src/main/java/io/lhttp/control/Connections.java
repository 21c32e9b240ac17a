package io.lhttp.control;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Open connections.
 *
 * @param connections by id
 * @param truncated whether there are more connections after the last one
 */
public record Connections(Reach reach, List<Item> connections, boolean truncated) {
  public Connections {
    connections = List.copyOf(connections);
  }

  /**
   * One connection.
   *
   * @param server the id of its server
   * @param user the user's name; empty for an anonymous client
   * @param session the principal's claim {@link Target#SESSION_CLAIM}; empty without one
   * @param since when it was opened
   * @param address the client's IP address
   * @param channels the first channels that it is subscribed to, by name; at most {@link
   *     #MAX_CHANNELS}
   * @param channelCount the number of all of its channels
   * @param queuedBytes the bytes that the socket has not taken yet
   */
  public record Item(
      String server,
      String id,
      String user,
      Optional<String> session,
      Instant since,
      String address,
      List<String> channels,
      int channelCount,
      long queuedBytes) {
    /** The most channels that are listed for one connection. */
    public static final int MAX_CHANNELS = 20;

    public Item {
      channels = List.copyOf(channels);
    }
  }
}
