package io.lhttp.filters.presence;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes the messages that tell other servers about this server's members of one channel: changes,
 * the whole state on request, and digests. Each message with changes raises the version by one, so
 * that a receiver detects a lost message. {@link ChannelPresence} owns it, and its lock guards it.
 */
final class ServerUpdates {
  private final String server;
  private final PresenceRule rule;
  private final LocalMembers members;

  /**
   * The keys of changed members. The value says whether other servers know an earlier entry of the
   * member.
   */
  private final Map<String, Boolean> unsent = new LinkedHashMap<>();

  private long version;
  private boolean first = true;
  private boolean stateRequested;

  /**
   * @param version the number from which versions count; greater than all versions that an earlier
   *     presence of the channel sent
   */
  ServerUpdates(String server, PresenceRule rule, LocalMembers members, long version) {
    this.server = server;
    this.rule = rule;
    this.members = members;
    this.version = version;
  }

  /**
   * Records a change of a member.
   *
   * @param before whether the member had an entry before the change, which other servers then know
   *     unless it is still unsent
   */
  void changed(String key, boolean before) {
    unsent.putIfAbsent(key, before);
    if (members.member(key) == null) {
      unsent.remove(key, false); // the member has joined and left again before anything was sent
    }
  }

  /** Whether there is no unsent change. */
  boolean isEmpty() {
    return unsent.isEmpty();
  }

  /** Takes the unsent changes, as messages of at most {@link ServerMessage#MAX_MEMBERS} each. */
  List<ServerMessage> takeChanges() {
    if (rule.countOnly()) {
      unsent.clear();
      return List.of();
    }
    var messages = new ArrayList<ServerMessage>();
    var joined = new ArrayList<Member>();
    var left = new ArrayList<String>();
    for (var i = unsent.keySet().iterator(); i.hasNext(); ) {
      var key = i.next();
      var member = members.member(key);
      if (member == null) {
        left.add(key);
      } else {
        joined.add(member);
      }
      if (joined.size() + left.size() == ServerMessage.MAX_MEMBERS || !i.hasNext()) {
        messages.add(changes(joined, left));
        joined.clear();
        left.clear();
      }
    }
    unsent.clear();
    return messages;
  }

  private ServerMessage changes(List<Member> joined, List<String> left) {
    var message =
        new ServerMessage.Changes(
            server, ++version, first, members.count(), List.copyOf(joined), List.copyOf(left));
    first = false;
    return message;
  }

  /** Records that another server requests the whole state. */
  void requestState() {
    stateRequested = true;
  }

  boolean stateRequested() {
    return stateRequested;
  }

  /** Takes the messages that answer all requests so far; an empty list without requests. */
  List<ServerMessage> takeAnswer() {
    if (!stateRequested) {
      return List.of();
    }
    stateRequested = false;
    if (rule.countOnly()) {
      return List.of(digest());
    }
    // The answer contains unsent joins. If such a member leaves, other servers have to learn it.
    unsent.replaceAll((key, known) -> known || members.member(key) != null);
    var all = members.members();
    var parts = Math.max(1, Math.ceilDiv(all.size(), ServerMessage.MAX_MEMBERS));
    var messages = new ArrayList<ServerMessage>();
    for (var part = 0; part < parts; part++) {
      var from = part * ServerMessage.MAX_MEMBERS;
      var to = Math.min(all.size(), from + ServerMessage.MAX_MEMBERS);
      messages.add(
          new ServerMessage.State(
              server, version, members.count(), part, parts, all.subList(from, to)));
    }
    return messages;
  }

  /** Returns the version and the number of members; call {@link #takeChanges} first. */
  ServerMessage.Digest digest() {
    return new ServerMessage.Digest(server, version, members.count());
  }
}
