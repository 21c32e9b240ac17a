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
 * that get notifications. Its lock guards all parts. {@link PresenceState} owns it; all threads use
 * it, and it calls no code outside this package while it holds the lock.
 *
 * <p>{@link LocalMembers} and {@link Peers} have the members by server. Each change of one of them
 * updates {@link ChannelMembers}, from which clients are notified. {@link ServerUpdates} collects
 * the changes of local members for other servers.
 */
final class ChannelPresence {
  final String channel;
  final PresenceRule rule;

  // Guarded by this.
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
   * @param watchers the connections that get the changes
   * @param count the number of members now
   */
  record Notification(
      List<Connection> newWatchers,
      List<Connection> watchers,
      ChannelMembers.Changes changes,
      int count) {}

  /** Some members, and the number of all. */
  record Listing(List<Member> members, int count) {}

  /**
   * @param version the version to count from; it is later than all versions that an earlier
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

  /** Adds a connection; returns false after the end, when a new presence has to be created. */
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
   * @param gone whether the connection has ended, so that its member gets a grace
   */
  synchronized void leave(String connection, boolean gone) {
    watchers.remove(connection);
    locals.remove(connection, gone).forEach(key -> localChanged(key, true));
  }

  /** Removes the member whose grace has expired. */
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

  /** Lists the members that are known the longest. */
  synchronized Listing list(int limit) {
    return new Listing(members.first(limit), count());
  }

  // --- members of other servers

  /**
   * Takes a message of another server.
   *
   * @return whether that server has to be asked for its whole state
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

  /** Removes the members of servers that have expired. */
  synchronized void expirePeers(Peers.Expiry expiry) {
    peers.expired(expiry).forEach(server -> update(peers.remove(server)));
  }

  /** Lets all members of other servers count as reported now. */
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

  /** Takes the next notification of clients; empty if no connection gets one. */
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

  /** Whether this server has no member, and no change of one that other servers lack. */
  synchronized boolean idle() {
    return locals.count() == 0 && watchers.isEmpty() && updates.isEmpty();
  }

  /** Ends the presence; returns false if a member has joined meanwhile. */
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
   * Enters the current entries of these members. If this server has an entry of a member, that
   * entry is used, and the entries of other servers are not.
   */
  private void update(Collection<String> keys) {
    for (var key : keys) {
      var local = locals.member(key);
      members.update(key, local == null ? peers.member(key) : local);
    }
  }
}
