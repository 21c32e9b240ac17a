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
  private final Map<String, PresenceState> stations = new ConcurrentHashMap<>();

  /** What is to be looked at but for who has come or gone here. */
  private final Queue<PresenceState> waiting = new ConcurrentLinkedQueue<>();

  private final FairQueue turns = new FairQueue();

  /** Channels that the last of this server has left; somebody may be back. */
  private final Queue<PresenceState> left = new ConcurrentLinkedQueue<>();

  private final LongAdder unannounced = new LongAdder();
  private final Servers servers = new Servers();
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

  @Nullable PresenceState station(String channel) {
    return stations.get(channel);
  }

  void joined(String channel, PresenceRule rule, Member member) {
    while (true) {
      var station =
          stations.computeIfAbsent(
              channel,
              c ->
                  new PresenceState(
                      new ChannelPresence(c, rule, server, names, graces, clock.millis() * 1_000),
                      nanoTime.getAsLong()));
      if (station.roster.join(member)) {
        turns.add(member.connection(), station);
        return;
      }
      stations.remove(channel, station);
    }
  }

  void left(String connection, String channel, boolean gone) {
    var station = stations.get(channel);
    if (station == null) {
      return;
    }
    station.roster.leave(connection, gone);
    turns.add(connection, station);
    if (station.roster.idle()) {
      left.add(station);
    }
  }

  void heard(String channel, Wire wire) {
    var now = nanoTime.getAsLong();
    if (wire.server().equals(server) || !servers.admits(wire.server(), now)) {
      return;
    }
    if (servers.heard(wire.server(), now) && wire instanceof Wire.Beat) {
      askAll = true;
    }
    var station = stations.get(channel);
    if (station != null) {
      if (station.roster.heard(wire, now)) {
        station.askDue = true;
      }
      look(station);
    }
  }

  /** Somebody wants to be told of it, or no more. */
  void watched(String connection, PresenceState station) {
    turns.add(connection, station);
  }

  /** Has the next tick look at it. */
  void look(PresenceState station) {
    if (station.queued.compareAndSet(false, true)) {
      waiting.add(station);
    }
  }

  /** Whether what is known is all there is. */
  boolean complete(PresenceState station) {
    var by = carrier;
    return by == null
        || !by.reachesOthers()
        || (by.connected() && nanoTime.getAsLong() - station.created > PACE.toNanos());
  }

  List<Metric> metrics() {
    var metrics = new ArrayList<Metric>();
    metrics.add(
        Metric.gauge("presence_channels", "Channels whose members are known.", stations.size()));
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
      var station = stations.get(grace.channel); // no other one: it stays while somebody is there
      if (station != null) {
        station.roster.expire(grace);
        look(station);
      }
    }
    endUntold(by);
    told = 0;
    for (var i = waiting.size(); i > 0; i--) {
      var station = waiting.poll();
      if (station != null) {
        station.queued.set(false);
        if (told >= MAX_TOLD || station.nextFlush - now > 0) {
          look(station);
        } else {
          flush(by, station, now);
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
      var station = left.poll();
      if (station != null && !station.subscribed && !station.ended && station.roster.end()) {
        ended(station);
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
      if (turn.station().nextFlush - now > 0) {
        early.add(turn);
      } else {
        flush(by, turn.station(), now);
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
      for (var station : stations.values()) {
        station.roster.trust(now);
        station.digestDue = true;
      }
      askAll = true;
    }
    wasUp = up;
    if (askAll) {
      askAll = false;
      for (var station : stations.values()) {
        station.askDue = true;
        look(station);
      }
    }
    if (up && nextBeat - now <= 0) {
      nextBeat = now + BEAT.toNanos();
      by.tell("", new Wire.Beat(server));
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
    for (var station : stations.values()) {
      if (up) { // else it is this server that hears nothing
        station.roster.forget(expiry, now);
      }
      station.digestDue |= station.nextDigest - now <= 0;
      if (!turns.has(station)) { // else who has many turns would have them all taken here
        look(station);
      }
    }
  }

  private void flush(PresenceBroker by, PresenceState station, long now) {
    turns.done(station);
    if (station.ended) {
      return;
    }
    station.nextFlush = now + PACE.toNanos();
    var changes = station.roster.changes();
    if (by.reachesOthers()) {
      tellOthers(by, station, changes, now);
    }
    tellClients(station);
    end(by, station, now);
  }

  private void tellOthers(PresenceBroker by, PresenceState station, List<Wire> changes, long now) {
    var roster = station.roster;
    if (!station.subscribed) {
      by.listen(roster.channel);
      station.subscribed = true;
      station.askDue = true;
      // Digests of many channels are spread over time.
      station.nextDigest = now + DIGEST.toNanos() * (roster.channel.hashCode() & 15) / 16;
    }
    changes.forEach(change -> tell(by, roster, change));
    var digest = roster.digest();
    if (digest instanceof Wire.Digest(var _, var _, var count)) {
      station.digestDue |= changes.isEmpty() && count != station.toldCount;
      station.toldCount = count;
    }
    if (station.digestDue) {
      station.digestDue = false;
      station.nextDigest = now + DIGEST.toNanos();
      tell(by, roster, digest);
    }
    if (roster.asked() && station.nextAnswer - now <= 0) {
      station.nextAnswer = now + PACE.toNanos();
      roster.answers().forEach(answer -> tell(by, roster, answer));
    }
    if (station.askDue && station.nextAsk - now <= 0) {
      station.askDue = false;
      station.nextAsk = now + ASK_PAUSE.toNanos();
      tell(by, roster, new Wire.Ask(server));
    }
  }

  private void tell(PresenceBroker by, ChannelPresence roster, Wire wire) {
    told++;
    by.tell(roster.channel, wire);
  }

  private void tellClients(PresenceState station) {
    var roster = station.roster;
    var found = roster.news();
    if (found.isEmpty()) {
      return;
    }
    var news = found.get();
    var complete = complete(station);
    var many = news.came().size() + news.went().size() > PresenceMessages.MEMBERS;
    if (many || !news.fresh().isEmpty()) {
      var list = PresenceMessages.list(roster, roster.list(PresenceMessages.MEMBERS), complete);
      news.fresh().forEach(connection -> connection.send(list));
      if (many) { // the list is shorter
        news.others().forEach(connection -> connection.send(list));
        return;
      }
    }
    if (!news.others().isEmpty()) {
      var changes = PresenceMessages.changes(roster, news, complete);
      news.others().forEach(connection -> connection.send(changes));
    }
  }

  private void end(PresenceBroker by, PresenceState station, long now) {
    var roster = station.roster;
    if (!roster.idle()) {
      station.idleSince = 0;
      return;
    }
    if (station.idleSince == 0) {
      station.idleSince = Math.max(1, now);
    }
    var over =
        !by.reachesOthers()
            || now - station.idleSince > IDLE.toNanos()
            || stations.size() > MAX_STATIONS;
    if (over && roster.end()) {
      ended(station);
      by.ignore(roster.channel);
    }
  }

  private void ended(PresenceState station) {
    station.ended = true;
    stations.remove(station.roster.channel, station);
    turns.done(station);
  }
}
