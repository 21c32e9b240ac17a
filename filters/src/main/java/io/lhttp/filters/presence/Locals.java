package io.lhttp.filters.presence;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who is there by way of this server, in one channel. Guarded by its roster. */
final class Locals {
  private final PresenceRule rule;
  private final Budget names;
  private final Map<String, Local> byKey = new LinkedHashMap<>();

  /** Keys by connection. */
  private final Map<String, String> keys = new HashMap<>();

  /** Connections beyond what is known by name. */
  private final Set<String> nameless = new LinkedHashSet<>();

  Locals(PresenceRule rule, Budget names) {
    this.rule = rule;
    this.names = names;
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
      changed.addAll(remove(id, 0));
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
    local.lingers = 0;
    local.connections.add(id);
    keys.put(id, member.key());
    return changed;
  }

  /**
   * Takes a connection out.
   *
   * @param lingers until when whoever it was is still there, in nanoseconds; 0 for not at all
   * @return the keys of those whose entry has changed by it
   */
  List<String> remove(String connection, long lingers) {
    nameless.remove(connection);
    var key = keys.remove(connection);
    var local = key == null ? null : byKey.get(key);
    if (key == null || local == null) {
      return List.of();
    }
    var first = local.first();
    local.connections.remove(connection);
    if (local.connections.isEmpty() && lingers != 0) {
      local.lingers = lingers;
      return List.of();
    }
    if (local.connections.isEmpty()) {
      forget(key);
      return List.of(key);
    }
    return first.equals(local.first()) ? List.of() : List.of(key);
  }

  /** Takes out who should have come back by this time; false where it has, or has to go later. */
  boolean expire(String key, long lingers) {
    var local = byKey.get(key);
    if (local == null || !local.connections.isEmpty() || local.lingers != lingers) {
      return false;
    }
    forget(key);
    return true;
  }

  /** Whoever this connection stands for, where it is its only one. */
  Optional<String> onlyBy(String connection) {
    return Optional.ofNullable(keys.get(connection))
        .filter(key -> {
          var local = byKey.get(key);
          return local != null && local.connections.size() == 1;
        });
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

    /** Until when it is still there without a connection. */
    private long lingers;

    Local(Member member) {
      this.member = member;
    }

    String first() {
      return connections.isEmpty() ? member.connection() : connections.iterator().next();
    }
  }
}
