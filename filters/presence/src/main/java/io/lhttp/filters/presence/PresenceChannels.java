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
 * The channels whose members this server knows, and the queues of channels that {@link
 * PresenceLoop} has to serve. {@link Presence} owns it. Safe for all threads; no method blocks.
 */
final class PresenceChannels {
  private static final int MAX_NAMES = 200_000;
  private static final int MAX_LEAVE_TIMERS = 100_000;

  /** The estimated memory of a named member in bytes. */
  private static final int NAME = 512;

  /**
   * The estimated bytes of a member in its grace time, which may be the only one of its channel.
   */
  private static final int GRACE = 2_048;

  /**
   * Named members take at most a twentieth of the heap, and members in their grace time another.
   */
  private static final int PART_OF_HEAP = 20;

  /**
   * The number of channels above which a channel that loses its last member here is removed without
   * a delay.
   */
  private static final int MAX_CHANNELS = 100_000;

  /** The name by which other servers know this server. */
  final String server;

  final Budget names = new Budget(most(MAX_NAMES, NAME, Runtime.getRuntime().maxMemory()));
  final LeaveTimers leaveTimers;

  /** The channels in which a member of this server has joined or left, or a watcher has changed. */
  final FairQueue changed = new FairQueue();

  /** The channels that the loop has to serve for any other reason. */
  private final Queue<PresenceState> waiting = new ConcurrentLinkedQueue<>();

  /** The channels that this server's last member has left. A member may have joined again since. */
  private final Queue<PresenceState> emptied = new ConcurrentLinkedQueue<>();

  private final InstantSource clock;
  private final LongSupplier nanoTime;
  private final Map<String, PresenceState> byName = new ConcurrentHashMap<>();

  PresenceChannels(String server, InstantSource clock, LongSupplier nanoTime) {
    this.server = server;
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.leaveTimers =
        new LeaveTimers(most(MAX_LEAVE_TIMERS, GRACE, Runtime.getRuntime().maxMemory()), nanoTime);
  }

  /** Returns a number of objects that fits into a small heap, too. */
  static int most(int most, int bytes, long heap) {
    return (int) Math.min(most, heap / PART_OF_HEAP / bytes);
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
      // the presence has ended in the meantime, so a new one is created
      byName.remove(channel, state);
    }
  }

  private PresenceState create(String channel, PresenceRule rule) {
    // the clock's time, so that versions are greater after each restart
    var version = clock.millis() * 1_000;
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

  /** Enqueues a channel because a connection has begun or stopped to watch it. */
  void watchChanged(String connection, PresenceState state) {
    changed.add(connection, state);
  }

  /** Adds a channel to the queue of the loop, unless the channel is in the queue already. */
  void enqueue(PresenceState state) {
    if (state.queued.compareAndSet(false, true)) {
      waiting.add(state);
    }
  }

  /** The number of enqueued channels. */
  int waiting() {
    return waiting.size();
  }

  /** Removes and returns the first channel of the queue; null if the queue is empty. */
  @Nullable PresenceState nextWaiting() {
    var state = waiting.poll();
    if (state != null) {
      state.queued.set(false);
    }
    return state;
  }

  /** The number of channels that {@link #nextEmptied} can return. */
  int emptied() {
    return emptied.size();
  }

  /** Removes and returns a channel without members on this server; null if there is none. */
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
