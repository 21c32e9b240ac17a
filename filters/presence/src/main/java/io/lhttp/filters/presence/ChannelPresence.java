package io.lhttp.filters.presence;

import io.lhttp.Connection;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The presence of one channel: its members on this server and on all others, and the connections
 * that get notifications. Its lock guards all parts. {@link PresenceState} owns it. All threads use
 * it, and it calls no code outside this package while it holds the lock.
 *
 * <p>{@link LocalMembers} and {@link Peers} store the members of each server. Each change there
 * updates {@link ChannelMembers}, from which the notifications of clients are made. {@link
 * ServerUpdates} collects the changes of this server's members for other servers.
 */
final class ChannelPresence {
  final String channel;
  final PresenceRule rule;

  // The fields from here on are guarded by this object's lock.
  private final LocalMembers locals;
  private final Peers peers;
  private final ChannelMembers members = new ChannelMembers();
  private final ServerUpdates updates;
  private final Map<String, Watcher> watchers = new LinkedHashMap<>();

  /** The number of members in the last notification. */
  private int notifiedCount;

  private boolean ended;

  /** A connection that gets notifications. */
  private static final class Watcher {
    final Connection connection;

    /** Whether the connection gets a list of all members first. */
    boolean needsList = true;

    Watcher(Connection connection) {
      this.connection = connection;
    }
  }

  /**
   * A notification of clients.
   *
   * @param newWatchers the connections that get a list of all members
   * @param watchers the connections that get only the changes
   * @param count the number of members now
   */
  record Notification(
      List<Connection> newWatchers,
      List<Connection> watchers,
      ChannelMembers.Changes changes,
      int count) {}

  /** Some members of a channel, and the number of all its members. */
  record Listing(List<Member> members, int count) {}

  /**
   * @param version the number from which versions count; greater than all versions that an earlier
   *     presence of the channel sent
   */
  ChannelPresence(
      String channel,
      PresenceRule rule,
      String server,
      Budget names,
      LeaveTimers leaveTimers,
      long version) {
    this.channel = channel;
    this.rule = rule;
    this.locals = new LocalMembers(channel, rule, names, leaveTimers);
    this.peers = new Peers(rule, names);
    this.updates = new ServerUpdates(server, rule, locals, version);
  }

  // --- members of this server

  /**
   * Adds a connection. Returns false if this presence has ended; the caller then creates a new one.
   */
  synchronized boolean join(Member member) {
    if (ended) {
      return false;
    }
    var isNew = locals.member(member.key()) == null;
    for (var key : locals.add(member)) {
      localChanged(key, !isNew || !key.equals(member.key()));
    }
    return true;
  }

  /**
   * Removes a connection.
   *
   * @param gone whether the connection has ended. Then its member stays for the grace time
   */
  synchronized void leave(String connection, boolean gone) {
    watchers.remove(connection);
    locals.remove(connection, gone).forEach(key -> localChanged(key, true));
  }

  /** Removes the member whose grace time is over. */
  synchronized void expire(LeaveTimers.Timer timer) {
    if (locals.expire(timer)) {
      localChanged(timer.key, true);
    }
  }

  /** Whether a connection of this server is subscribed. */
  synchronized boolean has(String connection) {
    return locals.has(connection);
  }

  /** Begins or ends the notifications of a connection. */
  synchronized void watch(Connection connection, boolean wanted) {
    if (!wanted) {
      watchers.remove(connection.id());
    } else if (locals.has(connection.id())) {
      watchers.put(connection.id(), new Watcher(connection));
    }
  }

  /** Lists at most {@code limit} members, those that this server has known the longest first. */
  synchronized Listing list(int limit) {
    return new Listing(members.first(limit), count());
  }

  // --- members of other servers

  /**
   * Applies a message of another server.
   *
   * @return whether this server has to request that server's whole state
   */
  synchronized boolean receive(ServerMessage message, long now) {
    if (message instanceof ServerMessage.StateRequest) {
      updates.requestState();
      return false;
    }
    var received = peers.receive(message, now);
    update(received.changed());
    return received.stateNeeded();
  }

  /** Removes the members of servers whose messages have stayed away too long. */
  synchronized void expirePeers(Peers.Expiry expiry) {
    peers.expired(expiry).forEach(server -> update(peers.remove(server)));
  }

  /**
   * Treats the members of other servers as if they were reported now, because this server itself
   * received no messages for a while.
   */
  synchronized void trust(long now) {
    peers.trust(now);
  }

  // --- messages to other servers and to clients

  /** See {@link ServerUpdates#takeChanges}. */
  synchronized List<ServerMessage> takeChanges() {
    return updates.takeChanges();
  }

  synchronized boolean stateRequested() {
    return updates.stateRequested();
  }

  /** See {@link ServerUpdates#takeAnswer}. */
  synchronized List<ServerMessage> takeAnswer() {
    return updates.takeAnswer();
  }

  /** See {@link ServerUpdates#digest}. */
  synchronized ServerMessage.Digest digest() {
    return updates.digest();
  }

  /** Takes the next notification of clients; empty if no connection needs one. */
  synchronized Optional<Notification> takeNotification() {
    var count = count();
    var changed = members.changed() || count != notifiedCount;
    var newWatchers = new ArrayList<Connection>();
    var others = new ArrayList<Connection>();
    for (var watcher : watchers.values()) {
      if (watcher.needsList) {
        watcher.needsList = false;
        newWatchers.add(watcher.connection);
      } else if (changed) {
        others.add(watcher.connection);
      }
    }
    var notification = new Notification(newWatchers, others, members.takeChanges(), count);
    notifiedCount = count;
    return newWatchers.isEmpty() && others.isEmpty() ? Optional.empty() : Optional.of(notification);
  }

  // --- the end

  /** Whether this server has no member and no watcher, and no change that other servers lack. */
  synchronized boolean idle() {
    return locals.count() == 0 && watchers.isEmpty() && updates.isEmpty();
  }

  /** Ends the presence. Returns false, and does nothing, if a member has joined in the meantime. */
  synchronized boolean end() {
    if (!idle()) {
      return false;
    }
    ended = true;
    peers.clear();
    members.clear();
    return true;
  }

  private int count() {
    var count = (long) members.size() + locals.nameless() + peers.nameless();
    return (int) Math.min(count, Integer.MAX_VALUE);
  }

  /** See {@link ServerUpdates#changed}. */
  private void localChanged(String key, boolean before) {
    updates.changed(key, before);
    update(List.of(key));
  }

  /**
   * Updates the members with these keys. An entry of this server takes precedence over those of
   * other servers.
   */
  private void update(Collection<String> keys) {
    for (var key : keys) {
      var local = locals.member(key);
      members.update(key, local == null ? peers.member(key) : local);
    }
  }
}
