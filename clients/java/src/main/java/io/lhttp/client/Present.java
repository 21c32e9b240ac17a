package io.lhttp.client;

import java.util.List;

/**
 * The members of a channel.
 *
 * @param count the number of members. It may exceed the list, and the list is empty if the server
 *     sends only the number
 * @param complete false while the servers can't exchange all their members
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
