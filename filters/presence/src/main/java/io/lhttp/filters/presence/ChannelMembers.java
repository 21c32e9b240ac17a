package io.lhttp.filters.presence;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The named members of one channel, of all servers together, and their changes since the last
 * notification of clients. A member that joins and leaves between two notifications is no change.
 * {@link ChannelPresence} owns it, and its lock guards it.
 */
final class ChannelMembers {
  /** The present members by key. The member that this server has known the longest comes first. */
  private final Map<String, Member> present = new LinkedHashMap<>();

  /** The members that have joined since the last notification. */
  private final Map<String, Member> joined = new LinkedHashMap<>();

  /**
   * The members that have left since the last notification, with the entries that clients have
   * seen.
   */
  private final Map<String, Member> left = new LinkedHashMap<>();

  /** The changes since the last notification. */
  record Changes(List<Member> joined, List<Member> left) {}

  /**
   * Replaces a member's entry.
   *
   * @param entry null if no server has the member any more
   */
  void update(String key, @Nullable Member entry) {
    var known = present.get(key);
    if (entry == null) {
      if (known != null) {
        leave(known);
      }
    } else if (known != null) {
      present.put(key, known.updatedBy(entry));
    } else {
      join(entry);
    }
  }

  private void join(Member member) {
    var key = member.key();
    var notified = left.remove(key);
    if (notified == null) {
      present.put(key, member);
      joined.put(key, member);
    } else { // clients have seen this member, so they have to see it leave
      present.put(key, notified.updatedBy(member));
    }
  }

  private void leave(Member member) {
    var key = member.key();
    present.remove(key);
    if (joined.remove(key) == null) {
      left.put(key, member);
    }
  }

  /** Returns at most {@code limit} members, those that this server has known the longest first. */
  List<Member> first(int limit) {
    return present.values().stream().limit(limit).toList();
  }

  int size() {
    return present.size();
  }

  /** Whether there are changes to notify. */
  boolean changed() {
    return !joined.isEmpty() || !left.isEmpty();
  }

  /** Returns the changes, and forgets them. */
  Changes takeChanges() {
    var changes = new Changes(List.copyOf(joined.values()), List.copyOf(left.values()));
    joined.clear();
    left.clear();
    return changes;
  }

  /** Forgets the members, because the presence of the channel has ended. */
  void clear() {
    present.clear();
  }
}
