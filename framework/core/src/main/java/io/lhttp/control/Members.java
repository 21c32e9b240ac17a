package io.lhttp.control;

import java.util.List;

/**
 * The users who are subscribed to a channel.
 *
 * @param members by name; anonymous connections are counted by {@link MemberCounts} alone
 * @param truncated whether there are more users after the last one
 */
public record Members(Reach reach, List<Member> members, boolean truncated) {
  public Members {
    members = List.copyOf(members);
  }

  /** A user with the number of subscribed connections on all servers that answered. */
  public record Member(String user, long connections) {}
}
