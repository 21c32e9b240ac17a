package io.lhttp.filters.presence;

import io.lhttp.Metric;
import io.lhttp.internal.log.ErrorLog;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * All rosters of a server, and the thread that goes round: four times a second it tells clients and
 * other servers what has changed, once per second and channel at most, and forgets who is gone. So
 * whoever comes and goes at speed costs the others no more than that, and in many channels delays
 * only itself. Nothing else tells anybody anything.
 */
final class PresenceLoop {
  private static final ErrorLog errors =
      new ErrorLog(LoggerFactory.getLogger(PresenceLoop.class), "presence");

  private static final Duration TICK = Duration.ofMillis(250);
  private static final Duration PACE = Duration.ofSeconds(1);
  private static final Duration BEAT = Duration.ofSeconds(2);
  private static final Duration DIGEST = Duration.ofSeconds(30);
  private static final Duration ASK_PAUSE = Duration.ofSeconds(2);

  /** Whoever ticks this late has not heard others either. */
  private static final Duration STALL = Duration.ofSeconds(3);

  /** Until the last digest has said that nobody is there. */
  private static final Duration IDLE = DIGEST.plusSeconds(5);

  private static final Duration LONGEST_GRACE = Duration.ofHours(1);
  private static final int MAX_NAMES = 200_000;
  private static final int MAX_LINGERING = 100_000;
  private static final int MAX_STATIONS = 100_000;

  /**
   * Messages to other servers per tick for who comes and goes here, and as many for all else; the
   * rest waits for the next.
   */
  private static final int MAX_TOLD = 500;

  final String server;
  private final InstantSource clock;
  private final LongSupplier nanoTime;
  private final Map<String, PresenceState> states = new ConcurrentHashMap<>();

  /** What is to be looked at but for who has come or gone here. */
  private final Queue<PresenceState> waiting = new ConcurrentLinkedQueue<>();

  private final FairQueue turns = new FairQueue();

  /** Channels that the last of this server has left; somebody may be back. */
  private final Queue<PresenceState> left = new ConcurrentLinkedQueue<>();

  private final LongAdder unannounced = new LongAdder();
  private final PeerLiveness servers = new PeerLiveness();
  private final Budget names = new Budget(MAX_NAMES);
  private final LeaveTimers graces;
  private final ScheduledExecutorService thread;
  private volatile @Nullable PresenceBroker carrier;
  private volatile boolean askAll;

  // The tick's alone.
  private boolean listening;
  private boolean wasUp;
  private long lastTick;
  private long nextBeat;
  private long nextScan;
  private int told;

  PresenceLoop(String server, InstantSource clock, LongSupplier nanoTime) {
    this.server = server;
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.graces = new LeaveTimers(MAX_LINGERING, nanoTime);
    var now = nanoTime.getAsLong();
    this.lastTick = now;
    this.nextBeat = now;
    this.nextScan = now;
    this.thread =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("lhttp-presence").factory());
  }

  void carriedBy(PresenceBroker by) {
    if (carrier != null) {
      throw new IllegalStateException("presence is over a broker already");
    }
    carrier = by;
  }

  void start() {
    var _ =
        thread.scheduleWithFixedDelay(
            errors.guard(this::tick), TICK.toMillis(), TICK.toMillis(), TimeUnit.MILLISECONDS);
  }

  void close() {
    thread.shutdownNow();
  }

  @Nullable PresenceState state(String channel) {
    return states.get(channel);
  }

  void joined(String channel, PresenceRule rule, Member member) {
    while (true) {
      var state =
          states.computeIfAbsent(
              channel,
              c ->
                  new PresenceState(
                      new ChannelPresence(c, rule, server, names, graces, clock.millis() * 1_000),
                      nanoTime.getAsLong()));
      if (state.presence.join(member)) {
        turns.add(member.connection(), state);
        return;
      }
      states.remove(channel, state);
    }
  }

  void left(String connection, String channel, boolean gone) {
    var state = states.get(channel);
    if (state == null) {
      return;
    }
    state.presence.leave(connection, gone);
    turns.add(connection, state);
    if (state.presence.idle()) {
      left.add(state);
    }
  }

  void heard(String channel, ServerMessage wire) {
    var now = nanoTime.getAsLong();
    if (wire.server().equals(server) || !servers.admits(wire.server(), now)) {
      return;
    }
    if (servers.heard(wire.server(), now) && wire instanceof ServerMessage.Heartbeat) {
      askAll = true;
    }
    var state = states.get(channel);
    if (state != null) {
      if (state.presence.heard(wire, now)) {
        state.askDue = true;
      }
      look(state);
    }
  }

  /** Somebody wants to be told of it, or no more. */
  void watched(String connection, PresenceState state) {
    turns.add(connection, state);
  }

  /** Has the next tick look at it. */
  void look(PresenceState state) {
    if (state.queued.compareAndSet(false, true)) {
      waiting.add(state);
    }
  }

  /** Whether what is known is all there is. */
  boolean complete(PresenceState state) {
    var by = carrier;
    return by == null
        || !by.reachesOthers()
        || (by.connected() && nanoTime.getAsLong() - state.created > PACE.toNanos());
  }

  List<Metric> metrics() {
    var metrics = new ArrayList<Metric>();
    metrics.add(
        Metric.gauge(
            "presence_channels", "Channels of which is known who is there.", states.size()));
    metrics.add(
        Metric.gauge(
            "presence_members_named",
            "Members known by name, of all channels and servers.",
            names.used()));
    metrics.add(
        Metric.gauge(
            "presence_channels_pending",
            "Channels in which a change waits to be sent.",
            turns.size()));
    metrics.add(
        Metric.counter(
            "presence_unannounced",
            "Channels left before other servers were notified of their members.",
            unannounced.sum()));
    metrics.add(
        Metric.gauge(
            "presence_servers", "Other servers that have sent presence messages.", servers.size()));
    metrics.add(
        Metric.counter(
            "presence_members_unnamed",
            "Members that are only counted because too many are known by name.",
            names.refused()));
    metrics.add(
        Metric.counter(
            "presence_members_without_grace",
            "Members that left at once because too many others are in their grace.",
            graces.refused()));
    return metrics;
  }

  void tick() {
    var by = carrier;
    if (by == null) {
      return;
    }
    var now = nanoTime.getAsLong();
    if (by.reachesOthers()) {
      others(by, now);
    }
    for (var grace : graces.over()) {
      var state = states.get(grace.channel); // no other one: it stays while somebody is there
      if (state != null) {
        state.presence.expire(grace);
        look(state);
      }
    }
    endUntold(by);
    told = 0;
    for (var i = waiting.size(); i > 0; i--) {
      var state = waiting.poll();
      if (state != null) {
        state.queued.set(false);
        if (told >= MAX_TOLD || state.nextFlush - now > 0) {
          look(state);
        } else {
          flush(by, state, now);
        }
      }
    }
    told = 0;
    takeTurns(by, now);
    lastTick = now;
  }

  /** Whoever leaves channels at speed leaves nothing to be told. */
  private void endUntold(PresenceBroker by) {
    for (var i = left.size(); i > 0; i--) {
      var state = left.poll();
      if (state != null && !state.subscribed && !state.ended && state.presence.end()) {
        ended(state);
        if (by.reachesOthers()) {
          unannounced.increment();
        }
      }
    }
  }

  private void takeTurns(PresenceBroker by, long now) {
    var early = new ArrayList<FairQueue.Turn>();
    while (told < MAX_TOLD) {
      var turn = turns.next();
      if (turn == null) {
        break;
      }
      if (turn.state().nextFlush - now > 0) {
        early.add(turn);
      } else {
        flush(by, turn.state(), now);
      }
    }
    early.forEach(turns::again);
  }

  private void others(PresenceBroker by, long now) {
    var up = by.connected();
    if (!listening) {
      by.listen("");
      listening = true;
    }
    if ((up && !wasUp) || now - lastTick > STALL.toNanos()) {
      servers.trust(now);
      for (var state : states.values()) {
        state.presence.trust(now);
        state.digestDue = true;
      }
      askAll = true;
    }
    wasUp = up;
    if (askAll) {
      askAll = false;
      for (var state : states.values()) {
        state.askDue = true;
        look(state);
      }
    }
    if (up && nextBeat - now <= 0) {
      nextBeat = now + BEAT.toNanos();
      by.tell("", new ServerMessage.Heartbeat(server));
    }
    if (nextScan - now <= 0) {
      nextScan = now + PACE.toNanos();
      scan(up, now);
    }
  }

  private void scan(boolean up, long now) {
    if (up) {
      servers.forget(now, LONGEST_GRACE);
    }
    var expiry = servers.expiry(now);
    for (var state : states.values()) {
      if (up) { // else it is this server that hears nothing
        state.presence.forget(expiry, now);
      }
      state.digestDue |= state.nextDigest - now <= 0;
      if (!turns.has(state)) { // else who has many turns would have them all taken here
        look(state);
      }
    }
  }

  private void flush(PresenceBroker by, PresenceState state, long now) {
    turns.done(state);
    if (state.ended) {
      return;
    }
    state.nextFlush = now + PACE.toNanos();
    var changes = state.presence.changes();
    if (by.reachesOthers()) {
      tellOthers(by, state, changes, now);
    }
    tellClients(state);
    end(by, state, now);
  }

  private void tellOthers(PresenceBroker by, PresenceState state, List<ServerMessage> changes, long now) {
    var presence = state.presence;
    if (!state.subscribed) {
      by.listen(presence.channel);
      state.subscribed = true;
      state.askDue = true;
      // Digests of many channels are spread over time.
      state.nextDigest = now + DIGEST.toNanos() * (presence.channel.hashCode() & 15) / 16;
    }
    changes.forEach(change -> tell(by, presence, change));
    var digest = presence.digest();
    if (digest instanceof ServerMessage.Digest(var _, var _, var count)) {
      state.digestDue |= changes.isEmpty() && count != state.toldCount;
      state.toldCount = count;
    }
    if (state.digestDue) {
      state.digestDue = false;
      state.nextDigest = now + DIGEST.toNanos();
      tell(by, presence, digest);
    }
    if (presence.asked() && state.nextAnswer - now <= 0) {
      state.nextAnswer = now + PACE.toNanos();
      presence.answers().forEach(answer -> tell(by, presence, answer));
    }
    if (state.askDue && state.nextAsk - now <= 0) {
      state.askDue = false;
      state.nextAsk = now + ASK_PAUSE.toNanos();
      tell(by, presence, new ServerMessage.StateRequest(server));
    }
  }

  private void tell(PresenceBroker by, ChannelPresence presence, ServerMessage wire) {
    told++;
    by.tell(presence.channel, wire);
  }

  private void tellClients(PresenceState state) {
    var presence = state.presence;
    var found = presence.news();
    if (found.isEmpty()) {
      return;
    }
    var news = found.get();
    var complete = complete(state);
    var many = news.came().size() + news.went().size() > PresenceMessages.MEMBERS;
    if (many || !news.fresh().isEmpty()) {
      var list = PresenceMessages.list(presence, presence.list(PresenceMessages.MEMBERS), complete);
      news.fresh().forEach(connection -> connection.send(list));
      if (many) { // the list is shorter
        news.others().forEach(connection -> connection.send(list));
        return;
      }
    }
    if (!news.others().isEmpty()) {
      var changes = PresenceMessages.changes(presence, news, complete);
      news.others().forEach(connection -> connection.send(changes));
    }
  }

  private void end(PresenceBroker by, PresenceState state, long now) {
    var presence = state.presence;
    if (!presence.idle()) {
      state.idleSince = 0;
      return;
    }
    if (state.idleSince == 0) {
      state.idleSince = Math.max(1, now);
    }
    var over =
        !by.reachesOthers()
            || now - state.idleSince > IDLE.toNanos()
            || states.size() > MAX_STATIONS;
    if (over && presence.end()) {
      ended(state);
      by.ignore(presence.channel);
    }
  }

  private void ended(PresenceState state) {
    state.ended = true;
    states.remove(state.presence.channel, state);
    turns.done(state);
  }
}
