package io.lhttp.filters.presence;

import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Exchanges messages with other servers, so that each server knows the members of all: heartbeats,
 * changes, digests, and requests for whole states. {@link PresenceLoop} owns it, and its thread
 * calls all methods but {@link #receive}, which threads of the broker call.
 *
 * <p>A server sends changes as they happen, and a digest of each channel now and then. A receiver
 * that lacks a version requests the whole state, and the sender answers with all members.
 */
final class PeerSync {
  /** In place of a channel, for messages that concern no channel. */
  private static final String NO_CHANNEL = "";

  private static final Duration HEARTBEAT = Duration.ofSeconds(2);
  private static final Duration SCAN_INTERVAL = Duration.ofSeconds(1);

  /**
   * The time after the last tick from which this server assumes that its process was halted and
   * received no messages.
   */
  private static final Duration STALL = Duration.ofSeconds(3);

  private static final Duration LONGEST_GRACE = Duration.ofHours(1);

  private final PresenceChannels channels;
  private final LongSupplier nanoTime;
  private final PeerLiveness liveness = new PeerLiveness();
  private volatile boolean requestAll;

  // The fields from here on are used by the presence thread alone.
  private boolean subscribed;
  private boolean wasConnected;
  private long lastTick;
  private long nextHeartbeat;
  private long nextScan;
  private int sent;

  PeerSync(PresenceChannels channels, LongSupplier nanoTime) {
    this.channels = channels;
    this.nanoTime = nanoTime;
    var now = nanoTime.getAsLong();
    this.lastTick = now;
    this.nextHeartbeat = now;
    this.nextScan = now;
  }

  /** The number of other servers that are known. */
  int servers() {
    return liveness.size();
  }

  /** Receives a message of any server about a channel. */
  void receive(String channel, ServerMessage message) {
    var now = nanoTime.getAsLong();
    var from = message.server();
    if (from.equals(channels.server) || !liveness.admits(from, now)) {
      return;
    }
    if (liveness.received(from, now) && message instanceof ServerMessage.Heartbeat) {
      requestAll = true; // the server is new, or was unreachable for a while
    }
    var state = channels.find(channel);
    if (state != null) {
      if (state.presence.receive(message, now)) {
        state.requestState();
      }
      channels.enqueue(state);
    }
  }

  /**
   * Called on each tick: sends a heartbeat if one is due, and enqueues the channels that have to be
   * synchronized.
   */
  void tick(PresenceBroker broker, long now) {
    var connected = broker.connected();
    if (!subscribed) {
      broker.subscribeToServers(NO_CHANNEL);
      subscribed = true;
    }
    if ((connected && !wasConnected) || now - lastTick > STALL.toNanos()) {
      trustAll(now);
    }
    wasConnected = connected;
    if (requestAll) {
      requestAll = false;
      requestAllStates();
    }
    if (connected && nextHeartbeat - now <= 0) {
      nextHeartbeat = now + HEARTBEAT.toNanos();
      broker.send(NO_CHANNEL, new ServerMessage.Heartbeat(channels.server));
    }
    if (nextScan - now <= 0) {
      nextScan = now + SCAN_INTERVAL.toNanos();
      scan(connected, now);
    }
  }

  /** Called at the end of each tick. */
  void endTick(long now) {
    lastTick = now;
  }

  /**
   * Counts all servers as alive and requests their states, because this server received no messages
   * for a while and can't tell who is gone.
   */
  private void trustAll(long now) {
    liveness.trust(now);
    for (var state : channels.all()) {
      state.presence.trust(now);
      state.requestDigest();
    }
    requestAll = true;
  }

  private void requestAllStates() {
    for (var state : channels.all()) {
      state.requestState();
      channels.enqueue(state);
    }
  }

  /** Removes the members of silent servers, and marks the channels whose digest is due. */
  private void scan(boolean connected, long now) {
    if (connected) {
      liveness.forget(now, LONGEST_GRACE);
    }
    var expiry = liveness.expiry(now);
    for (var state : channels.all()) {
      if (connected) { // without a connection, the other servers' silence is this server's fault
        state.presence.expirePeers(expiry);
      }
      state.requestDigestIfDue(now);
      // A channel that waits in the fair queue is served by its turn there, and must not be served
      // before.
      if (!channels.changed.contains(state)) {
        channels.enqueue(state);
      }
    }
  }

  /** Sets the count of {@link #sent} to zero. */
  void resetSent() {
    sent = 0;
  }

  /** The number of messages that {@link #synchronize} has sent since {@link #resetSent}. */
  int sent() {
    return sent;
  }

  /**
   * Sends the messages about one channel that are due.
   *
   * @param changes the changes of this server's members
   */
  void synchronize(
      PresenceBroker broker, PresenceState state, List<ServerMessage> changes, long now) {
    var presence = state.presence;
    if (!state.isConnected()) {
      broker.subscribeToServers(presence.channel);
      state.connected(now);
    }
    changes.forEach(change -> send(broker, presence, change));
    var digest = presence.digest();
    if (state.takeDigest(!changes.isEmpty(), digest.count(), now)) {
      send(broker, presence, digest);
    }
    if (state.takeAnswer(now)) {
      presence.takeAnswer().forEach(answer -> send(broker, presence, answer));
    }
    if (state.takeRequest(now)) {
      send(broker, presence, new ServerMessage.StateRequest(channels.server));
    }
  }

  private void send(PresenceBroker broker, ChannelPresence presence, ServerMessage message) {
    sent++;
    broker.send(presence.channel, message);
  }
}
