package io.lhttp.filters.presence;

import io.lhttp.Metric;
import io.lhttp.internal.log.ErrorLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Sends all messages about presence, on the thread of its {@link Ticker}, four times a second. A
 * channel has a turn at most once a second, which sends the changes since the last turn to other
 * servers and to clients. So members that join and leave quickly cause at most one set of messages
 * a second.
 *
 * <p>{@link Presence} owns it. Any thread may call {@link #receive}, {@link #complete} and {@link
 * #metrics}; the loop's thread alone calls the rest.
 */
final class PresenceLoop {
  private static final Duration TICK = Duration.ofMillis(250);

  /**
   * The most messages to other servers in one tick for channels with changes on this server, and
   * again for all other channels. Further channels wait for the next tick.
   */
  private static final int MAX_SENT = 500;

  /** Runs the task of a loop again and again, four times a second. The loop owns it. */
  interface Ticker {
    /** Begins to run the task; called once. */
    void start(Runnable task);

    /** Ends the runs. */
    void stop();

    /** Returns a ticker with a thread of its own, which logs exceptions and continues. */
    static Ticker onThread() {
      return new OnThread();
    }
  }

  private static final class OnThread implements Ticker {
    private static final ErrorLog errors =
        new ErrorLog(LoggerFactory.getLogger(PresenceLoop.class), "presence");

    private final ScheduledExecutorService thread =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("lhttp-presence").factory());

    @Override
    public void start(Runnable task) {
      var unused =
          thread.scheduleWithFixedDelay(
              errors.guard(task), TICK.toMillis(), TICK.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void stop() {
      thread.shutdownNow();
    }
  }

  private final PresenceChannels channels;
  private final PeerSync peers;
  private final LongSupplier nanoTime;
  private final LongAdder unannounced = new LongAdder();
  private final Ticker ticker;
  private volatile @Nullable PresenceBroker broker;

  PresenceLoop(PresenceChannels channels, LongSupplier nanoTime, Ticker ticker) {
    this.channels = channels;
    this.peers = new PeerSync(channels, nanoTime);
    this.nanoTime = nanoTime;
    this.ticker = ticker;
  }

  /** Sets the broker that carries the messages to other servers. */
  void broker(PresenceBroker broker) {
    if (this.broker != null) {
      throw new IllegalStateException("presence is over a broker already");
    }
    this.broker = broker;
  }

  void start() {
    ticker.start(this::tick);
  }

  void close() {
    ticker.stop();
  }

  /** Receives a message of any server about a channel. */
  void receive(String channel, ServerMessage message) {
    peers.receive(channel, message);
  }

  /** Whether this server knows all members of other servers. */
  boolean complete(PresenceState state) {
    var current = broker;
    return current == null
        || !current.reachesOthers()
        || (current.connected()
            && nanoTime.getAsLong() - state.created > PresenceState.PACE.toNanos());
  }

  private void tick() {
    var current = broker;
    if (current == null) {
      return;
    }
    var now = nanoTime.getAsLong();
    if (current.reachesOthers()) {
      peers.tick(current, now);
    }
    expireLeaveTimers();
    endUnannounced(current);
    serveWaiting(current, now);
    serveChanged(current, now);
    peers.endTick(now);
  }

  private void expireLeaveTimers() {
    for (var timer : channels.leaveTimers.takeExpired()) {
      var state = channels.find(timer.channel);
      if (state != null) {
        state.presence.expire(timer);
        channels.enqueue(state);
      }
    }
  }

  /** Removes the channels whose last member has left before other servers heard of any member. */
  private void endUnannounced(PresenceBroker broker) {
    for (var i = channels.emptied(); i > 0; i--) {
      var state = channels.nextEmptied();
      if (state != null && !state.isConnected() && !state.isEnded() && state.presence.end()) {
        channels.remove(state);
        if (broker.reachesOthers()) {
          unannounced.increment();
        }
      }
    }
  }

  private void serveWaiting(PresenceBroker broker, long now) {
    peers.resetSent();
    for (var i = channels.waiting(); i > 0; i--) {
      var state = channels.nextWaiting();
      if (state != null) {
        if (peers.sent() >= MAX_SENT || state.isEarly(now)) {
          channels.enqueue(state);
        } else {
          serve(broker, state, now);
        }
      }
    }
  }

  private void serveChanged(PresenceBroker broker, long now) {
    peers.resetSent();
    var early = new ArrayList<FairQueue.Turn>();
    while (peers.sent() < MAX_SENT) {
      var turn = channels.changed.next();
      if (turn == null) {
        break;
      }
      if (turn.state().isEarly(now)) {
        early.add(turn);
      } else {
        serve(broker, turn.state(), now);
      }
    }
    early.forEach(channels.changed::putBack);
  }

  /** Sends the messages of one channel's turn. */
  private void serve(PresenceBroker broker, PresenceState state, long now) {
    channels.changed.remove(state);
    if (state.isEnded()) {
      return;
    }
    state.beginTurn(now);
    var changes = state.presence.takeChanges();
    if (broker.reachesOthers()) {
      peers.synchronize(broker, state, changes, now);
    }
    notifyClients(state);
    endIfIdle(broker, state, now);
  }

  private void notifyClients(PresenceState state) {
    var presence = state.presence;
    var next = presence.takeNotification();
    if (next.isEmpty()) {
      return;
    }
    var notification = next.get();
    var changes = notification.changes();
    var complete = complete(state);
    var many = changes.joined().size() + changes.left().size() > PresenceMessages.MEMBERS;
    if (many || !notification.newWatchers().isEmpty()) {
      var listing = presence.list(PresenceMessages.MEMBERS);
      var list = PresenceMessages.list(presence, listing, complete);
      notification.newWatchers().forEach(connection -> connection.send(list));
      if (many) { // with many changes the list of all members is shorter
        notification.watchers().forEach(connection -> connection.send(list));
        return;
      }
    }
    if (!notification.watchers().isEmpty()) {
      var message = PresenceMessages.changes(presence, notification, complete);
      notification.watchers().forEach(connection -> connection.send(message));
    }
  }

  private void endIfIdle(PresenceBroker broker, PresenceState state, long now) {
    if (!state.noteIdle(now)) {
      return;
    }
    var over = !broker.reachesOthers() || state.isIdleForLong(now) || channels.isOverfull();
    if (over && state.presence.end()) {
      channels.remove(state);
      broker.unsubscribeFromServers(state.presence.channel);
    }
  }

  List<Metric> metrics() {
    return List.of(
        Metric.gauge("presence_channels", "Channels whose members are known.", channels.size()),
        Metric.gauge(
            "presence_members_named",
            "Members known by name, of all channels and servers.",
            channels.names.used()),
        Metric.gauge(
            "presence_channels_pending",
            "Channels in which a change waits to be sent.",
            channels.changed.size()),
        Metric.counter(
            "presence_unannounced",
            "Channels left before other servers were notified of their members.",
            unannounced.sum()),
        Metric.gauge(
            "presence_servers", "Other servers that have sent presence messages.", peers.servers()),
        Metric.counter(
            "presence_members_unnamed",
            "Members that are only counted because too many are known by name.",
            channels.names.refused()),
        Metric.counter(
            "presence_members_without_grace",
            "Members that left at once because too many others are in their grace.",
            channels.leaveTimers.refused()));
  }
}
