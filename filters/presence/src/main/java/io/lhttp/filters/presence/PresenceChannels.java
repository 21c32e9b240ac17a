package io.lhttp.filters.presence;

import java.time.InstantSource;
import java.util.Collection;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The channels whose members this server knows, and the queues of those that {@link PresenceLoop}
 * has to look at. {@link Presence} owns it. Safe for all threads; no method blocks.
 */
final class PresenceChannels {
  private static final int MAX_NAMES = 200_000;
  private static final int MAX_LEAVE_TIMERS = 100_000;

  /** Beyond this number, channels without a member end without a delay. */
  private static final int MAX_CHANNELS = 100_000;

  /** This server's name among servers. */
  final String server;

  final Budget names = new Budget(MAX_NAMES);
  final LeaveTimers leaveTimers;

  /** The channels in which a member of this server has joined or left, or a watcher has changed. */
  final FairQueue changed = new FairQueue();

  /** The channels that the loop has to serve for any other reason. */
  private final Queue<PresenceState> waiting = new ConcurrentLinkedQueue<>();

  /** The channels that this server's last member has left; a member may have joined since. */
  private final Queue<PresenceState> emptied = new ConcurrentLinkedQueue<>();

  private final InstantSource clock;
  private final LongSupplier nanoTime;
  private final Map<String, PresenceState> byName = new ConcurrentHashMap<>();

  PresenceChannels(String server, InstantSource clock, LongSupplier nanoTime) {
    this.server = server;
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.leaveTimers = new LeaveTimers(MAX_LEAVE_TIMERS, nanoTime);
  }

  @Nullable PresenceState find(String channel) {
    return byName.get(channel);
  }

  Collection<PresenceState> all() {
    return byName.values();
  }

  int size() {
    return byName.size();
  }

  boolean isOverfull() {
    return byName.size() > MAX_CHANNELS;
  }

  /** Adds a connection of this server to a channel's members. */
  void join(String channel, PresenceRule rule, Member member) {
    while (true) {
      var state = byName.computeIfAbsent(channel, name -> create(name, rule));
      if (state.presence.join(member)) {
        changed.add(member.connection(), state);
        return;
      }
      byName.remove(channel, state); // the loop has just ended it
    }
  }

  private PresenceState create(String channel, PresenceRule rule) {
    var version = clock.millis() * 1_000; // the clock's time, which is later after each restart
    return new PresenceState(
        new ChannelPresence(channel, rule, server, names, leaveTimers, version),
        nanoTime.getAsLong());
  }

  /** Removes a connection of this server; see {@link ChannelPresence#leave}. */
  void leave(String connection, String channel, boolean gone) {
    var state = byName.get(channel);
    if (state == null) {
      return;
    }
    state.presence.leave(connection, gone);
    changed.add(connection, state);
    if (state.presence.idle()) {
      emptied.add(state);
    }
  }

  /** A connection has begun or ended to watch a channel. */
  void watchChanged(String connection, PresenceState state) {
    changed.add(connection, state);
  }

  /** Lets the loop serve a channel, unless the channel is enqueued already. */
  void enqueue(PresenceState state) {
    if (state.queued.compareAndSet(false, true)) {
      waiting.add(state);
    }
  }

  /** The number of enqueued channels. */
  int waiting() {
    return waiting.size();
  }

  /** Takes an enqueued channel; null for none. */
  @Nullable PresenceState nextWaiting() {
    var state = waiting.poll();
    if (state != null) {
      state.queued.set(false);
    }
    return state;
  }

  /** The number of channels that {@link #nextEmptied} returns. */
  int emptied() {
    return emptied.size();
  }

  /** Takes a channel that this server's last member has left; null for none. */
  @Nullable PresenceState nextEmptied() {
    return emptied.poll();
  }

  /** Removes a channel whose presence has ended. */
  void remove(PresenceState state) {
    state.end();
    byName.remove(state.presence.channel, state);
    changed.remove(state);
  }
}
