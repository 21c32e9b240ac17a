package io.lhttp.filters.presence;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What another server has told of one channel. Guarded by its roster. */
final class PeerMembers {
  /** Nothing was told yet. */
  static final long UNKNOWN = -1;

  private final int most;
  private final Budget names;
  private final Map<String, Member> byKey = new LinkedHashMap<>();
  private long version = UNKNOWN;
  private int count;
  private long heard;

  // The parts of a whole that have come so far.
  private final List<Member> parts = new ArrayList<>();
  private long partsVersion = UNKNOWN;
  private int nextPart;

  /**
   * @param most how many are kept
   */
  PeerMembers(int most, Budget names, long now) {
    this.most = most;
    this.names = names;
    this.heard = now;
  }

  long version() {
    return version;
  }

  long heard() {
    return heard;
  }

  void heard(long now) {
    heard = now;
  }

  int beyond() {
    return Math.max(0, count - byKey.size());
  }

  @Nullable Member member(String key) {
    return byKey.get(key);
  }

  void count(int count) {
    this.count = count;
  }

  void version(long version) {
    this.version = version;
  }

  /** Applies changes; the keys that they concern. */
  Set<String> apply(ServerMessage.Changes changes) {
    var keys = changes.first() ? forget() : new HashSet<String>();
    for (var gone : changes.left()) {
      if (byKey.remove(gone) != null) {
        names.give();
        keys.add(gone);
      }
    }
    changes.joined().forEach(member -> keep(member, keys));
    return keys;
  }

  /** Takes a part of a whole; the keys that the whole concerns, once it is complete. */
  Set<String> part(ServerMessage.State state) {
    if (state.part() == 0) {
      parts.clear();
      partsVersion = state.version();
      nextPart = 0;
    }
    if (partsVersion != state.version() || state.part() != nextPart) {
      partsVersion = UNKNOWN; // one was lost: the next digest shows it
      return Set.of();
    }
    nextPart++;
    parts.addAll(state.members().subList(0, Math.min(state.members().size(), room())));
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

  /** Forgets everybody; their keys. */
  Set<String> forget() {
    var keys = new HashSet<>(byKey.keySet());
    byKey.clear();
    keys.forEach(_ -> names.give());
    return keys;
  }

  /** What there is no room for is counted only. */
  private void keep(Member member, Set<String> keys) {
    if (byKey.containsKey(member.key()) || (byKey.size() < most && names.take())) {
      byKey.put(member.key(), member);
      keys.add(member.key());
    }
  }

  private int room() {
    return Math.max(0, most - parts.size());
  }
}
