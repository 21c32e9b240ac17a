package io.lhttp.filters.presence;

import io.lhttp.Connection;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who is there in one channel: those of this server, and what others have told of theirs. Safe for
 * all threads; calls nobody while it holds its lock.
 */
final class ChannelPresence {
  final String channel;
  final PresenceRule rule;
  private final String server;
  private final Budget names;

  // Guarded by this.
  private final LocalMembers locals;
  private final Map<String, PeerMembers> peers = new HashMap<>();

  /** Everybody, those first who are known the longest. */
  private final Map<String, Member> everybody = new LinkedHashMap<>();

  /** What those who watch have not been told yet: who has come, and who has gone. */
  private final Map<String, Member> came = new LinkedHashMap<>();

  private final Map<String, Member> went = new LinkedHashMap<>();

  /** Whose entry other servers have not been told of, and whether they know of an earlier one. */
  private final Map<String, Boolean> untold = new LinkedHashMap<>();

  private final Map<String, Watcher> watchers = new LinkedHashMap<>();
  private int toldCount;
  private long version;
  private boolean first = true;
  private boolean asked;
  private boolean over;

  /** Somebody who is told of changes. */
  private static final class Watcher {
    final Connection connection;
    boolean fresh = true;

    Watcher(Connection connection) {
      this.connection = connection;
    }
  }

  /** What those who watch are to be told. */
  record News(
      List<Connection> fresh,
      List<Connection> others,
      List<Member> came,
      List<Member> went,
      int count) {}

  /** Some of those who are there, and how many there are in all. */
  record Listing(List<Member> members, int count) {}

  /**
   * @param version from where versions are counted: beyond those of a roster of before
   */
  ChannelPresence(
      String channel,
      PresenceRule rule,
      String server,
      Budget names,
      LeaveTimers graces,
      long version) {
    this.channel = channel;
    this.rule = rule;
    this.server = server;
    this.names = names;
    this.version = version;
    this.locals = new LocalMembers(channel, rule, names, graces);
  }

  // --- this server's subscribers

  /** False where this roster is over, and another one has to be made. */
  synchronized boolean join(Member member) {
    if (over) {
      return false;
    }
    var fresh = locals.member(member.key()) == null;
    for (var key : locals.add(member)) {
      localChanged(key, !fresh || !key.equals(member.key()));
    }
    return true;
  }

  /**
   * @param gone whether it is the connection that has ended, and whoever it was may come back
   */
  synchronized void leave(String connection, boolean gone) {
    watchers.remove(connection);
    locals.remove(connection, gone).forEach(key -> localChanged(key, true));
  }

  synchronized void expire(LeaveTimers.Grace grace) {
    if (locals.expire(grace)) {
      localChanged(grace.key, true);
    }
  }

  synchronized boolean has(String connection) {
    return locals.has(connection);
  }

  synchronized void watch(Connection connection, boolean wanted) {
    if (!wanted) {
      watchers.remove(connection.id());
    } else if (locals.has(connection.id())) {
      watchers.put(connection.id(), new Watcher(connection));
    }
  }

  /** Those who are known the longest, as many as are wanted. */
  synchronized Listing list(int limit) {
    return new Listing(everybody.values().stream().limit(limit).toList(), count());
  }

  // --- other servers

  /** Takes what another server tells; whether it is to be asked for all it has. */
  synchronized boolean heard(ServerMessage wire, long now) {
    return switch (wire) {
      case ServerMessage.Heartbeat _ -> false;
      case ServerMessage.StateRequest _ -> {
        asked = true;
        yield false;
      }
      case ServerMessage.Digest digest -> {
        var known = peers.get(digest.server());
        if (known == null && digest.count() == 0) {
          yield false;
        }
        var peer = peer(digest.server(), now);
        if (rule.countOnly()) {
          peer.version(digest.version());
          peer.count(digest.count());
          yield false;
        }
        if (peer.version() == digest.version()) {
          peer.count(digest.count());
          yield false;
        }
        yield true;
      }
      case ServerMessage.Changes changes -> {
        var peer = peer(changes.server(), now);
        if (!changes.first() && peer.version() != changes.version() - 1) {
          yield peer.version() != changes.version(); // some are lost, or one was made up
        }
        peer.count(changes.count());
        peer.version(changes.version());
        settle(peer.apply(changes));
        yield false;
      }
      case ServerMessage.State state -> {
        var peer = peer(state.server(), now);
        peer.count(state.count());
        settle(peer.part(state));
        yield false;
      }
    };
  }

  /** Nothing that was told by servers that are gone holds any more. */
  synchronized void forget(Expiry gone, long now) {
    for (Iterator<Map.Entry<String, PeerMembers>> i = peers.entrySet().iterator(); i.hasNext(); ) {
      var entry = i.next();
      if (gone.expired(entry.getKey(), entry.getValue().heard(), rule)) {
        i.remove();
        settle(entry.getValue().forget());
      }
    }
  }

  /** All are taken to have been heard of just now: it was this server that did not hear. */
  synchronized void trust(long now) {
    peers.values().forEach(peer -> peer.heard(now));
  }

  /** Decides whether what a server has told of a channel is too old. */
  @FunctionalInterface
  interface Expiry {
    boolean expired(String server, long heard, PresenceRule rule);
  }

  // --- what is to be told

  /** What has changed since this was asked last, as messages to other servers. */
  synchronized List<ServerMessage> changes() {
    if (rule.countOnly()) {
      untold.clear();
      return List.of();
    }
    var messages = new ArrayList<ServerMessage>();
    var joined = new ArrayList<Member>();
    var left = new ArrayList<String>();
    for (var i = untold.keySet().iterator(); i.hasNext(); ) {
      var key = i.next();
      var member = locals.member(key);
      if (member == null) {
        left.add(key);
      } else {
        joined.add(member);
      }
      if (joined.size() + left.size() == ServerMessage.MAX_MEMBERS || !i.hasNext()) {
        messages.add(
            new ServerMessage.Changes(
                server, ++version, first, locals.count(), List.copyOf(joined), List.copyOf(left)));
        first = false;
        joined.clear();
        left.clear();
      }
    }
    untold.clear();
    return messages;
  }

  /** What was asked for; after {@link #changes}. */
  synchronized List<ServerMessage> answers() {
    if (!asked) {
      return List.of();
    }
    asked = false;
    if (rule.countOnly()) {
      return List.of(digest());
    }
    untold.replaceAll((key, known) -> known || locals.member(key) != null);
    var members = locals.members();
    var parts = Math.max(1, (members.size() + ServerMessage.MAX_MEMBERS - 1) / ServerMessage.MAX_MEMBERS);
    var messages = new ArrayList<ServerMessage>();
    for (var part = 0; part < parts; part++) {
      var from = part * ServerMessage.MAX_MEMBERS;
      var to = Math.min(members.size(), from + ServerMessage.MAX_MEMBERS);
      messages.add(
          new ServerMessage.State(server, version, locals.count(), part, parts, members.subList(from, to)));
    }
    return messages;
  }

  synchronized boolean asked() {
    return asked;
  }

  /** After {@link #changes}. */
  synchronized ServerMessage digest() {
    return new ServerMessage.Digest(server, version, locals.count());
  }

  /** What those who watch have not been told. */
  synchronized Optional<News> news() {
    var count = count();
    var changed = !came.isEmpty() || !went.isEmpty() || count != toldCount;
    var fresh = new ArrayList<Connection>();
    var others = new ArrayList<Connection>();
    for (var watcher : watchers.values()) {
      if (watcher.fresh) {
        watcher.fresh = false;
        fresh.add(watcher.connection);
      } else if (changed) {
        others.add(watcher.connection);
      }
    }
    var news =
        new News(fresh, others, List.copyOf(came.values()), List.copyOf(went.values()), count);
    came.clear();
    went.clear();
    toldCount = count;
    return fresh.isEmpty() && others.isEmpty() ? Optional.empty() : Optional.of(news);
  }

  /** Whether nobody of this server is there or waits to be told. */
  synchronized boolean idle() {
    return locals.count() == 0 && watchers.isEmpty() && untold.isEmpty();
  }

  /** Ends it, unless somebody has come meanwhile. */
  synchronized boolean end() {
    if (!idle()) {
      return false;
    }
    over = true;
    peers.values().forEach(PeerMembers::forget);
    peers.clear();
    everybody.clear();
    return true;
  }

  private PeerMembers peer(String name, long now) {
    var peer = peers.computeIfAbsent(name, _ -> new PeerMembers(rule.members(), names, now));
    peer.heard(now);
    return peer;
  }

  private int count() {
    var count = (long) everybody.size() + locals.nameless();
    for (var peer : peers.values()) {
      count += peer.beyond();
    }
    return (int) Math.min(count, Integer.MAX_VALUE);
  }

  /**
   * @param before whether it had an entry; others know of it, unless that is still to be told
   */
  private void localChanged(String key, boolean before) {
    untold.putIfAbsent(key, before);
    if (locals.member(key) == null) {
      untold.remove(key, false); // came and went
    }
    settle(List.of(key));
  }

  /** Works out anew whether they are there, on whichever server. */
  private void settle(Collection<String> keys) {
    for (var key : keys) {
      var member = holder(key);
      var known = everybody.get(key);
      if (member == null) {
        if (known != null) {
          everybody.remove(key);
          gone(known);
        }
      } else if (known != null) {
        everybody.put(key, known.now(member));
      } else {
        var told = went.remove(key);
        everybody.put(key, told == null ? member : told.now(member));
        if (told == null) {
          came.put(key, member);
        }
      }
    }
  }

  private void gone(Member member) {
    if (came.remove(member.key()) == null) {
      went.put(member.key(), member);
    }
  }

  private @Nullable Member holder(String key) {
    var local = locals.member(key);
    if (local != null) {
      return local;
    }
    for (var peer : peers.values()) {
      var member = peer.member(key);
      if (member != null) {
        return member;
      }
    }
    return null;
  }
}
