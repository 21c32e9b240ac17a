package io.lhttp.filters.presence;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The members of one channel on this server, with the connections of each. {@link ChannelPresence}
 * owns it, and its lock guards it.
 */
final class LocalMembers {
  private final String channel;
  private final PresenceRule rule;
  private final Budget names;
  private final LeaveTimers leaveTimers;
  private final Map<String, Local> byKey = new LinkedHashMap<>();

  /** The key of each connection's member. */
  private final Map<String, String> keys = new HashMap<>();

  /** The connections beyond the limit of members. They are counted, but have no member by name. */
  private final Set<String> nameless = new LinkedHashSet<>();

  LocalMembers(String channel, PresenceRule rule, Budget names, LeaveTimers leaveTimers) {
    this.channel = channel;
    this.rule = rule;
    this.names = names;
    this.leaveTimers = leaveTimers;
  }

  /**
   * Adds a connection to a member. If the connection belonged to another member, it leaves that
   * one.
   *
   * @return the keys of the members whose entry has changed
   */
  List<String> add(Member member) {
    var id = member.connection();
    var before = keys.get(id);
    if (member.key().equals(before)) {
      return List.of();
    }
    var changed = new ArrayList<String>(2);
    if (before != null) { // the connection has authenticated and now belongs to another member
      changed.addAll(remove(id, false));
    }
    nameless.remove(id);
    var local = byKey.get(member.key());
    if (local == null) {
      if (byKey.size() >= rule.members() || !names.take()) {
        nameless.add(id);
        return changed;
      }
      local = new Local(member);
      byKey.put(member.key(), local);
      changed.add(member.key());
    } else if (local.connections.isEmpty()) {
      changed.add(member.key()); // the member is back, by another connection
    }
    if (local.leaving != null) {
      leaveTimers.cancel(local.leaving);
      local.leaving = null;
    }
    local.connections.add(id);
    keys.put(id, member.key());
    return changed;
  }

  /**
   * Removes a connection. Its member stays as long as it has another connection, or its leave timer
   * runs.
   *
   * @param gone whether the connection has ended. Then a leave timer starts for its member
   * @return the keys of the members whose entry has changed
   */
  List<String> remove(String connection, boolean gone) {
    nameless.remove(connection);
    var key = keys.remove(connection);
    var local = key == null ? null : byKey.get(key);
    if (key == null || local == null) {
      return List.of();
    }
    var first = local.first();
    local.connections.remove(connection);
    if (local.connections.isEmpty()) {
      if (gone && rule.grace().isPositive()) {
        local.leaving = leaveTimers.start(channel, key, rule.grace());
      }
      if (local.leaving != null) {
        return List.of();
      }
      forget(key);
      return List.of(key);
    }
    return first.equals(local.first()) ? List.of() : List.of(key);
  }

  /**
   * Removes the member whose timer has expired. Returns false if that timer is no longer the
   * member's.
   */
  boolean expire(LeaveTimers.Timer timer) {
    var local = byKey.get(timer.key);
    if (local == null || local.leaving != timer) {
      return false;
    }
    forget(timer.key);
    return true;
  }

  boolean has(String connection) {
    return keys.containsKey(connection) || nameless.contains(connection);
  }

  @Nullable Member member(String key) {
    var local = byKey.get(key);
    return local == null ? null : local.entry();
  }

  /** The members that are known by name. */
  List<Member> members() {
    return byKey.values().stream().map(Local::entry).toList();
  }

  /** The number of members, where each connection beyond the limit counts as one. */
  int count() {
    return byKey.size() + nameless.size();
  }

  int nameless() {
    return nameless.size();
  }

  private void forget(String key) {
    byKey.remove(key);
    names.give();
  }

  /**
   * A member with its connections on this server. The connection that subscribed first comes first.
   */
  private static final class Local {
    private final Member member;
    private final Set<String> connections = new LinkedHashSet<>(2);

    /** The leave timer, which runs while the member has no connection; else null. */
    private LeaveTimers.@Nullable Timer leaving;

    Local(Member member) {
      this.member = member;
    }

    Member entry() {
      return member.withConnection(first());
    }

    String first() {
      return connections.isEmpty() ? member.connection() : connections.iterator().next();
    }
  }
}
