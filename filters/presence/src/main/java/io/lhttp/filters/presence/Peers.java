package io.lhttp.filters.presence;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The members of one channel on all other servers. {@link ChannelPresence} owns it, and its lock
 * guards it.
 */
final class Peers {
  private final PresenceRule rule;
  private final Budget names;
  private final Map<String, PeerMembers> byServer = new HashMap<>();

  /**
   * The result of a received message.
   *
   * @param changed the keys of members whose entry may have changed
   * @param stateNeeded whether this server has to request the whole state, because it lacks
   *     messages
   */
  record Received(Set<String> changed, boolean stateNeeded) {
    private static final Received NOTHING = new Received(Set.of(), false);
    private static final Received STATE_NEEDED = new Received(Set.of(), true);

    private static Received of(Set<String> keys) {
      return new Received(keys, false);
    }
  }

  /** Decides whether the members of a channel that a server has reported are expired. */
  @FunctionalInterface
  interface Expiry {
    /**
     * @param received when the server's last message about the channel arrived, in nanoseconds
     */
    boolean expired(String server, long received, PresenceRule rule);
  }

  Peers(PresenceRule rule, Budget names) {
    this.rule = rule;
    this.names = names;
  }

  /** Applies a message of another server. */
  Received receive(ServerMessage message, long now) {
    return switch (message) {
      case ServerMessage.Heartbeat unused -> Received.NOTHING;
      case ServerMessage.StateRequest unused -> Received.NOTHING;
      case ServerMessage.Digest digest -> receive(digest, now);
      case ServerMessage.Changes changes -> receive(changes, now);
      case ServerMessage.State state -> {
        var peer = peer(state.server(), now);
        peer.count(state.count());
        yield Received.of(peer.receive(state));
      }
    };
  }

  private Received receive(ServerMessage.Digest digest, long now) {
    if (digest.count() == 0 && !byServer.containsKey(digest.server())) {
      return Received.NOTHING;
    }
    var peer = peer(digest.server(), now);
    if (rule.countOnly()) {
      peer.version(digest.version());
    } else if (peer.version() != digest.version()) {
      return Received.STATE_NEEDED;
    }
    peer.count(digest.count());
    return Received.NOTHING;
  }

  private Received receive(ServerMessage.Changes changes, long now) {
    var peer = peer(changes.server(), now);
    if (!changes.first() && peer.version() != changes.version() - 1) {
      // Messages between the two versions were lost, or one of the versions was forged.
      return peer.version() == changes.version() ? Received.NOTHING : Received.STATE_NEEDED;
    }
    peer.count(changes.count());
    peer.version(changes.version());
    return Received.of(peer.apply(changes));
  }

  /** Returns a member's entry on any other server; null if none has the member. */
  @Nullable Member member(String key) {
    for (var peer : byServer.values()) {
      var member = peer.member(key);
      if (member != null) {
        return member;
      }
    }
    return null;
  }

  /** The number of members of other servers that are not known by name. */
  long nameless() {
    var count = 0L;
    for (var peer : byServer.values()) {
      count += peer.nameless();
    }
    return count;
  }

  /** Returns the servers whose members have expired. */
  List<String> expired(Expiry expiry) {
    return byServer.entrySet().stream()
        .filter(entry -> expiry.expired(entry.getKey(), entry.getValue().received(), rule))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Forgets a server's members. Returns their keys. */
  Set<String> remove(String server) {
    var peer = byServer.remove(server);
    return peer == null ? Set.of() : peer.forget();
  }

  /**
   * Treats all members as if they were reported now, because this server itself could not receive
   * messages for a while.
   */
  void trust(long now) {
    byServer.values().forEach(peer -> peer.received(now));
  }

  /** Forgets all members. */
  void clear() {
    byServer.values().forEach(PeerMembers::forget);
    byServer.clear();
  }

  private PeerMembers peer(String server, long now) {
    var peer =
        byServer.computeIfAbsent(server, unused -> new PeerMembers(rule.members(), names, now));
    peer.received(now);
    return peer;
  }
}
