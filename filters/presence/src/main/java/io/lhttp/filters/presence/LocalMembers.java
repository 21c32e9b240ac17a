package io.lhttp.filters.presence;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who is there by way of this server, in one channel. Guarded by its roster. */
final class LocalMembers {
  private final String channel;
  private final PresenceRule rule;
  private final Budget names;
  private final LeaveTimers graces;
  private final Map<String, Local> byKey = new LinkedHashMap<>();

  /** Keys by connection. */
  private final Map<String, String> keys = new HashMap<>();

  /** Connections beyond what is known by name. */
  private final Set<String> nameless = new LinkedHashSet<>();

  LocalMembers(String channel, PresenceRule rule, Budget names, LeaveTimers graces) {
    this.channel = channel;
    this.rule = rule;
    this.names = names;
    this.graces = graces;
  }

  /** Enters a connection; the keys of those whose entry has changed by it. */
  List<String> add(Member member) {
    var id = member.connection();
    var before = keys.get(id);
    if (member.key().equals(before)) {
      return List.of();
    }
    var changed = new ArrayList<String>(2);
    if (before != null) { // it has said who it is
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
      changed.add(member.key()); // it is back, by another connection
    }
    if (local.grace != null) {
      graces.give(local.grace);
      local.grace = null;
    }
    local.connections.add(id);
    keys.put(id, member.key());
    return changed;
  }

  /**
   * Takes a connection out.
   *
   * @param gone whether whoever it was may come back: then it is still there for its grace
   * @return the keys of those whose entry has changed by it
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
        local.grace = graces.take(channel, key, rule.grace());
      }
      if (local.grace != null) {
        return List.of();
      }
      forget(key);
      return List.of(key);
    }
    return first.equals(local.first()) ? List.of() : List.of(key);
  }

  /** Takes out whose grace this was; false where it is back, or has another one by now. */
  boolean expire(LeaveTimers.Grace grace) {
    var local = byKey.get(grace.key);
    if (local == null || local.grace != grace) {
      return false;
    }
    forget(grace.key);
    return true;
  }

  boolean has(String connection) {
    return keys.containsKey(connection) || nameless.contains(connection);
  }

  @Nullable Member member(String key) {
    var local = byKey.get(key);
    return local == null ? null : local.member.connection(local.first());
  }

  List<Member> members() {
    return byKey.values().stream().map(l -> l.member.connection(l.first())).toList();
  }

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

  private static final class Local {
    private final Member member;
    private final Set<String> connections = new LinkedHashSet<>(2);

    /** What it is there by without a connection. */
    private LeaveTimers.@Nullable Grace grace;

    Local(Member member) {
      this.member = member;
    }

    String first() {
      return connections.isEmpty() ? member.connection() : connections.iterator().next();
    }
  }
}
