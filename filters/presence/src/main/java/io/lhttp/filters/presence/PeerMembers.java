package io.lhttp.filters.presence;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The members of one channel on one other server, as far as that server's messages have arrived.
 * {@link Peers} owns it, and the lock of {@link ChannelPresence} guards it.
 */
final class PeerMembers {
  /** The version before the server's first message. */
  static final long UNKNOWN = -1;

  private final int max;
  private final Budget names;
  private final Map<String, Member> byKey = new LinkedHashMap<>();
  private long version = UNKNOWN;
  private int count;
  private long received;

  // The parts of the whole state that have arrived. The last part replaces all members.
  private final List<Member> parts = new ArrayList<>();
  private long partsVersion = UNKNOWN;
  private int nextPart;

  /**
   * @param max the most members that are kept by name; further members are only counted
   */
  PeerMembers(int max, Budget names, long now) {
    this.max = max;
    this.names = names;
    this.received = now;
  }

  /** The version of the changes or state that was applied last. */
  long version() {
    return version;
  }

  void version(long version) {
    this.version = version;
  }

  /** When the server's last message about the channel arrived, in nanoseconds. */
  long received() {
    return received;
  }

  void received(long now) {
    received = now;
  }

  /** Sets the number of members that the server has. */
  void count(int count) {
    this.count = count;
  }

  /** The number of the server's members that are not known by name. */
  int nameless() {
    return Math.max(0, count - byKey.size());
  }

  @Nullable Member member(String key) {
    return byKey.get(key);
  }

  /** Applies changes. Returns the keys of the members that may have changed. */
  Set<String> apply(ServerMessage.Changes changes) {
    var keys = changes.first() ? forget() : new HashSet<String>();
    for (var key : changes.left()) {
      if (byKey.remove(key) != null) {
        names.give();
        keys.add(key);
      }
    }
    changes.joined().forEach(member -> keep(member, keys));
    return keys;
  }

  /**
   * Stores one part of the whole state. With the last part, the state replaces all members.
   *
   * @return the keys of the members that may have changed
   */
  Set<String> receive(ServerMessage.State state) {
    if (state.part() == 0) {
      parts.clear();
      partsVersion = state.version();
      nextPart = 0;
    }
    if (partsVersion != state.version() || state.part() != nextPart) {
      partsVersion = UNKNOWN; // a part was lost; the version of the next digest will show that
      return Set.of();
    }
    nextPart++;
    var room = Math.max(0, max - parts.size());
    parts.addAll(state.members().subList(0, Math.min(state.members().size(), room)));
    if (nextPart < state.parts()) {
      return Set.of();
    }
    var keys = forget();
    parts.forEach(member -> keep(member, keys));
    parts.clear();
    partsVersion = UNKNOWN;
    version = state.version();
    return keys;
  }

  /** Forgets all members. Returns their keys. */
  Set<String> forget() {
    var keys = new HashSet<>(byKey.keySet());
    byKey.clear();
    keys.forEach(unused -> names.give());
    return keys;
  }

  /** Keeps a member with its name, unless the limit of members or of names is reached. */
  private void keep(Member member, Set<String> keys) {
    if (byKey.containsKey(member.key()) || (byKey.size() < max && names.take())) {
      byKey.put(member.key(), member);
      keys.add(member.key());
    }
  }
}
