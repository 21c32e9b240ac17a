package io.lhttp.client;

import java.util.List;

/**
 * The subscribers of a channel.
 *
 * @param count the number of members. There may be more than are listed; none is listed if the
 *     server tells the number only
 * @param complete false while servers can't tell each other of every member
 * @param members in no particular order
 * @param joined the members that have joined since the last call
 * @param left the members that have left since the last call
 */
public record Present(
    long count, boolean complete, List<Member> members, List<Member> joined, List<Member> left) {
  public Present {
    members = List.copyOf(members);
    joined = List.copyOf(joined);
    left = List.copyOf(left);
  }
}
