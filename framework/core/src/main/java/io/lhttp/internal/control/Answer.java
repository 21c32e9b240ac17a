package io.lhttp.internal.control;

import io.lhttp.control.Changes;
import java.time.Duration;
import java.util.List;

/** One server's answer to a {@link Request}. Immutable. */
public sealed interface Answer {
  /** The number of connections that the request's target matched; 0 without a target. */
  default long matched() {
    return 0;
  }

  /**
   * The result of a change.
   *
   * @param changed the connections on which it took effect
   */
  record Counts(long matched, long changed, List<Changes.Refusal> refusals) implements Answer {
    public Counts {
      refusals = List.copyOf(refusals);
    }
  }

  /**
   * The users of a channel.
   *
   * @param matched the subscribed connections
   * @param users the number of different users
   * @param anonymous the connections without a user
   * @param members the first users after the requested name
   * @param truncated whether there are more users after the last one
   */
  record Members(
      long matched,
      long users,
      long anonymous,
      List<io.lhttp.control.Members.Member> members,
      boolean truncated)
      implements Answer {
    public Members {
      members = List.copyOf(members);
    }
  }

  /** The channels with subscribers. */
  record Channels(List<io.lhttp.control.Channels.Channel> channels, boolean truncated)
      implements Answer {
    public Channels {
      channels = List.copyOf(channels);
    }
  }

  /** The open connections. */
  record Connections(
      long matched, List<io.lhttp.control.Connections.Item> connections, boolean truncated)
      implements Answer {
    public Connections {
      connections = List.copyOf(connections);
    }
  }

  /** The figures of the server itself, as in {@link io.lhttp.control.Servers.Server}. */
  record Description(
      String version,
      Duration uptime,
      long connections,
      long channels,
      long generation,
      boolean draining)
      implements Answer {}
}
