package io.lhttp.filters.occupancy;

import io.lhttp.ClientKey;
import io.lhttp.filters.occupancy.Occupation.Delivery;
import io.lhttp.outgoing.ClientShares;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides when a channel of the cluster has become occupied or vacated, and which server reports
 * it. {@link Occupancy} owns it; all threads may use it. It sends nothing itself: {@link #tick}
 * returns the messages and the reports that are due. Times are in nanoseconds.
 *
 * <h2>What each server knows</h2>
 *
 * <p><b>Servers.</b> Each server beats every 2 seconds. One that is silent for 10 seconds is gone,
 * with its subscribers. A server's own silence is no reason: after its connection to the broker was
 * away, or its process stood still, it counts all others as alive anew.
 *
 * <p><b>Subscribers.</b> Each server tells all others which channels have got their first, or lost
 * their last, subscriber on it. These messages and the reports below are its log; they have
 * consecutive numbers, and a beat has the last one. A server that lacks a number asks for the whole
 * state, so a lost message is lost for a few seconds at most.
 *
 * <p><b>Occupations.</b> The last event of each channel: its occupation, its version, the server
 * that reports it, and whether it was taken. The reporter tells this to all others before it
 * reports, and once more at the end. The greater version counts; versions grow with the time of day
 * and beyond every version that the server has seen (a hybrid logical clock).
 *
 * <h2>Who reports</h2>
 *
 * <p>Each channel has one owner among the settled servers, by rendezvous hashing. A server that
 * joins or goes moves only the channels that it gets or had. The owner compares what is (has any
 * server subscribers?) with what was said (the occupation), and reports the difference. It acts by
 * level, not by edge: a difference that can't be reported now is still there at the next tick. So
 * no queue can overflow, and what lies between two ticks is no event.
 *
 * <p>The states of a channel, seen by its owner:
 *
 * <pre>
 *   NOTHING ──subscriber──▶ occupied SENT ──taken──▶ occupied TAKEN ──last one left──▶ vacated SENT
 *      ▲                      │      ▲                                                  │      ▲
 *      │                    failed  10 s                                              failed  10 s
 *      │                      ▼      │                                                  ▼      │
 *      │                   occupied FAILED                                           vacated FAILED
 *      └───────────────────── a minute ◀── vacated TAKEN ◀──taken── vacated SENT
 * </pre>
 *
 * <p>In SENT nothing else is reported for the channel, which keeps its events in order. A new owner
 * waits for a living reporter's end, too. When an event fails, the next one reports the state of
 * then: an occupation's end that was not delivered may be skipped if the channel is occupied again.
 *
 * <h2>Why nothing is lost</h2>
 *
 * <ul>
 *   <li><b>A server dies.</b> The others drop its subscribers after 10 seconds. Each channel that
 *       it owned has a new owner, which sees the same difference, and repeats a report that was
 *       SENT. A channel that the dead server occupied may have been reported by it without anybody
 *       else's knowledge; the owner reports such a channel as it is.
 *   <li><b>A server is cut off</b> and knows it: it reports nothing until it is back.
 *   <li><b>The network is cut in two</b>, and each side goes on without the other: each reports
 *       what it sees. A server that hears one again that it had given up counts a merge in its
 *       beats, and each server that sees the count grow reports its occupied channels again, with
 *       their occupations and greater versions than any side has used. So it does with those whose
 *       older event it learns only afterwards. Two settled servers that meet for the first time
 *       have been two clusters; that is a merge, too.
 *   <li><b>A server joins</b> and could take itself for the only one: it owns nothing in its first
 *       5 seconds, and asks for the others' states meanwhile.
 * </ul>
 *
 * <p>After each change of the servers, and while a server's log has gaps, nobody decides for a
 * moment: the servers see the same before they act. All this makes a repetition rare; none of it is
 * needed for the last state to arrive. Only if all servers that know of an occupation die at once,
 * nobody is left to report its end.
 *
 * <h2>Bounds</h2>
 *
 * <p>A server tracks {@code most} channels of its own, of which those that one client has opened
 * are a share, four times as many of others, and as many occupations as both. Channels beyond are
 * counted and not reported.
 */
final class OccupancyState {
  static final Duration BEAT = Duration.ofSeconds(2);
  static final Duration GONE = Duration.ofSeconds(10);
  static final Duration SETTLE = Duration.ofSeconds(5);
  private static final Duration STALL = Duration.ofSeconds(3);

  /** The time without decisions after a change of the servers. */
  private static final Duration CALM = Duration.ofSeconds(1);

  /** The longest time for which missing messages of a server keep this one from decisions. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final Duration ASK_PAUSE = Duration.ofSeconds(1);
  private static final Duration RETRY = Duration.ofSeconds(10);

  /** The shortest time between two events of a channel. */
  private static final Duration PACE = Duration.ofSeconds(1);

  private static final Duration TOMBSTONE = Duration.ofMinutes(1);
  private static final int MAX_SERVERS = 1_000;
  private static final int MAX_IN_FLIGHT = 64;

  /** The most channels that one tick looks at. */
  private static final int MAX_LOOKS = 10_000;

  private final String server;
  private final int most;
  private final LongSupplier nanos;
  private final InstantSource clock;
  private final Supplier<String> ids;
  private final ClientShares shares;

  // All fields from here on are guarded by this object's lock.

  /** All channels with subscribers on this server, and the clients that opened them. */
  private final Map<String, Opener> open = new HashMap<>();

  /** The channels of {@link #open} that are tracked. */
  private final Set<String> local = new HashSet<>();

  /** The changes of {@link #local} that no message has told. */
  private final Map<String, Boolean> untold = new LinkedHashMap<>();

  private final Map<String, Peer> peers = new TreeMap<>();

  /** The number of all channels of all peers. */
  private int remote;

  /** The servers that were given up; the oldest first. */
  private final Set<String> lost = new LinkedHashSet<>();

  private final Map<String, Occupation> occupations = new HashMap<>();

  /** When each event of this server was reported, for {@link #PACE}, {@link #RETRY}, tombstones. */
  private final Map<String, Long> reportedAt = new HashMap<>();

  /** The versions of the events that this server is reporting. */
  private final Map<String, Long> inFlight = new HashMap<>();

  /** The channels whose reports have ended, of which no message has told. */
  private final Set<String> ended = new LinkedHashSet<>();

  /** The channels at which the owner has to look. */
  private final LinkedHashSet<String> dirty = new LinkedHashSet<>();

  /** The vacated channels whose occupations are forgotten later; the oldest first. */
  private final Map<String, Long> tombstones = new LinkedHashMap<>();

  private Predicate<String> covered = channel -> false;
  private boolean settled;
  private boolean wasConnected;
  private boolean askNeeded = true;
  private boolean asked;
  private long log;
  private long merges;
  private long version;

  /** Occupied channels whose last event is older than this version are reported once more. */
  private long repeatBelow;

  private long lastTick;
  private long connectedSince;
  private long nextBeat;
  private long nextAsk;
  private long nextAnswer;
  private long calmUntil;
  private long untracked;

  /** The client that has opened a channel; empty if the server's own code did. */
  private record Opener(Optional<ClientKey> client) {}

  /** The messages and reports to send after a tick, in this order. */
  record Output(List<PeerMessage> messages, List<OccupancyEvent> events) {}

  OccupancyState(
      String server, int most, LongSupplier nanos, InstantSource clock, Supplier<String> ids) {
    this.server = server;
    this.most = most;
    this.nanos = nanos;
    this.clock = clock;
    this.ids = ids;
    this.shares = new ClientShares(most);
    this.lastTick = nanos.getAsLong();
    this.nextBeat = lastTick;
    this.nextAsk = lastTick;
    this.nextAnswer = lastTick;
    this.calmUntil = lastTick;
  }

  // --- this server's subscribers

  /** Changes which channels are tracked. */
  synchronized void cover(Predicate<String> covered) {
    this.covered = covered;
    for (var channel : List.copyOf(local)) {
      if (!covered.test(channel)) {
        untrack(channel);
      }
    }
    open.forEach((channel, opener) -> track(channel, opener));
    lookAtAll();
  }

  /** A channel has its first subscriber on this server. */
  synchronized void opened(String channel, @Nullable ClientKey by) {
    var opener = new Opener(Optional.ofNullable(by));
    open.put(channel, opener);
    track(channel, opener);
  }

  /** A channel has lost its last subscriber on this server. */
  synchronized void closed(String channel) {
    if (local.contains(channel)) {
      untrack(channel);
    }
    open.remove(channel);
  }

  private void track(String channel, Opener opener) {
    if (local.contains(channel) || !covered.test(channel)) {
      return;
    }
    if (!shares.take(opener.client.orElse(null))) {
      untracked++;
      return;
    }
    local.add(channel);
    dirty.add(channel);
    if (untold.remove(channel) == null) { // else others do not know that it was vacated
      untold.put(channel, true);
    }
  }

  private void untrack(String channel) {
    local.remove(channel);
    var opener = open.get(channel);
    shares.giveBack(opener == null ? null : opener.client.orElse(null));
    if (untold.remove(channel) == null) { // else others do not know that it was occupied
      untold.put(channel, false);
    }
    if (occupations.containsKey(channel) || occupied(channel)) {
      dirty.add(channel);
    } else {
      dirty.remove(channel); // so that names which nobody heard of need no memory
    }
  }

  // --- messages of other servers

  /** Takes a message of any server. */
  synchronized void receive(PeerMessage message) {
    if (message.server().equals(server)) {
      return;
    }
    var now = nanos.getAsLong();
    var peer = peers.get(message.server());
    if (peer == null) {
      if (!(message instanceof PeerMessage.Beat beat) || peers.size() >= MAX_SERVERS) {
        askNeeded = true;
        return;
      }
      peer = meet(beat, now);
    }
    peer.heard = now;
    switch (message) {
      case PeerMessage.Beat beat -> beat(peer, beat, now);
      case PeerMessage.Ask unused -> asked = true;
      case PeerMessage.Bye bye -> {
        remove(bye.server(), peer);
        changed(now);
      }
      case PeerMessage.Change change -> {
        if (peer.follows(change.log(), now)) {
          change.occupied().forEach(channel -> add(change.server(), channel));
          for (var channel : change.vacated()) {
            if (peer.channels.remove(channel)) {
              remote--;
              dirty.add(channel);
            }
          }
        } else {
          askNeeded = true;
        }
      }
      case PeerMessage.Report report -> {
        report.occupations().forEach(this::learn);
        askNeeded |= !peer.follows(report.log(), now);
      }
      case PeerMessage.State state -> {
        state.occupations().forEach(this::learn);
        if (peer.store(state, most)) {
          forgetReports(state.server(), peer.reported());
          replace(state.server(), peer, peer.takeParts(now));
        }
      }
    }
  }

  private Peer meet(PeerMessage.Beat beat, long now) {
    var peer = new Peer(now);
    peer.merges = beat.merges();
    peers.put(beat.server(), peer);
    if (lost.remove(beat.server()) || (settled && beat.settled())) {
      merges++;
      reportAllAgain();
    }
    askNeeded = true;
    changed(now);
    return peer;
  }

  private void beat(Peer peer, PeerMessage.Beat beat, long now) {
    version = Math.max(version, beat.version());
    peer.exists(beat.log(), now);
    askNeeded |= !peer.upToDate();
    if (peer.settled != beat.settled()) {
      peer.settled = beat.settled();
      changed(now);
    }
    if (beat.merges() > peer.merges) {
      peer.merges = beat.merges();
      reportAllAgain();
    }
  }

  private void add(String name, String channel) {
    var peer = peers.get(name);
    if (peer == null || peer.channels.contains(channel)) {
      return;
    }
    if (peer.channels.size() >= most || remote >= 4 * most) {
      untracked++;
      return;
    }
    peer.channels.add(channel);
    remote++;
    dirty.add(channel);
  }

  private void replace(String name, Peer peer, Set<String> channels) {
    dirty.addAll(peer.channels);
    remote -= peer.channels.size();
    peer.channels = new HashSet<>();
    channels.forEach(channel -> add(name, channel));
  }

  /**
   * A server's whole state lacks a report that this server takes for one under way: its end was
   * lost, and the channel's owner has to report anew.
   */
  private void forgetReports(String name, Set<String> reported) {
    for (var said : List.copyOf(occupations.values())) {
      if (said.delivery() == Delivery.SENT
          && said.reporter().equals(name)
          && !reported.contains(said.channel())) {
        put(said.with(Delivery.FAILED));
      }
    }
  }

  private void learn(Occupation occupation) {
    version = Math.max(version, occupation.version());
    var known = occupations.get(occupation.channel());
    if (known == null ? occupations.size() < 5 * most : occupation.supersedes(known)) {
      put(occupation);
    }
  }

  private void put(Occupation occupation) {
    var channel = occupation.channel();
    occupations.put(channel, occupation);
    dirty.add(channel);
    if (occupation.occupied() || occupation.delivery() != Delivery.TAKEN) {
      tombstones.remove(channel);
    } else {
      tombstones.putIfAbsent(channel, nanos.getAsLong());
    }
  }

  /** Removes a server with its subscribers. */
  private void remove(String name, Peer peer) {
    peers.remove(name);
    remote -= peer.channels.size();
    for (var channel : peer.channels) {
      dirty.add(channel);
      if (!occupations.containsKey(channel) && occupations.size() < 5 * most) {
        // the server may have reported it; any version of another server is greater
        put(new Occupation(channel, ids.get(), true, 0, name, Delivery.FAILED));
      }
    }
  }

  /** The servers have changed: owners may be others, and nobody decides for a moment. */
  private void changed(long now) {
    calmUntil = now + CALM.toNanos();
    lookAtAll();
  }

  private void lookAtAll() {
    dirty.addAll(occupations.keySet());
    dirty.addAll(local);
    peers.values().forEach(peer -> dirty.addAll(peer.channels));
  }

  /**
   * Lets this server report its occupied channels once more, also those of which it learns later
   * that they were reported before.
   */
  synchronized void reportAllAgain() {
    version = nextVersion();
    repeatBelow = version;
    var now = nanos.getAsLong();
    calmUntil = Math.max(calmUntil - now, BEAT.plus(CALM).toNanos()) + now; // others want it, too
    lookAtAll();
  }

  private long nextVersion() {
    return Math.max(version + 1, clock.millis() * 1_000);
  }

  // --- the passing of time

  /**
   * Called four times a second.
   *
   * @param reachesOthers whether there can be other servers
   * @param connected whether the broker reaches them now
   */
  synchronized Output tick(boolean reachesOthers, boolean connected) {
    var now = nanos.getAsLong();
    var messages = new ArrayList<PeerMessage>();
    var events = new ArrayList<OccupancyEvent>();
    if (reachesOthers) {
      live(connected, now);
      if (connected) {
        tellChanges(messages);
        tellEnds(messages);
      }
    } else {
      settled = true;
      untold.clear();
      ended.clear();
    }
    if (!reachesOthers || (connected && mayDecide(now))) {
      decide(events, messages, reachesOthers, now);
    }
    if (reachesOthers && connected) {
      tellState(messages, now);
    }
    bury(now);
    lastTick = now;
    return new Output(messages, events);
  }

  private void live(boolean connected, long now) {
    var returned = connected && !wasConnected;
    if (returned || now - lastTick > STALL.toNanos()) {
      peers.values().forEach(peer -> peer.heard = now);
      askNeeded = true;
      changed(now);
      calmUntil = now + BEAT.plus(CALM).toNanos(); // every other server beats in that time
      if (!settled) {
        connectedSince = now;
      }
    }
    wasConnected = connected;
    if (!connected) {
      return;
    }
    for (var peer : List.copyOf(peers.entrySet())) {
      if (now - peer.getValue().heard > GONE.toNanos()) {
        remove(peer.getKey(), peer.getValue());
        giveUp(peer.getKey());
        changed(now);
      }
    }
    if (!settled && now - connectedSince >= SETTLE.toNanos()) {
      settled = true;
      nextBeat = now;
      changed(now);
    }
  }

  private void giveUp(String name) {
    if (lost.size() >= MAX_SERVERS) {
      lost.remove(lost.iterator().next());
    }
    lost.add(name);
  }

  private boolean mayDecide(long now) {
    if (!settled || calmUntil - now > 0) {
      return false;
    }
    for (var peer : peers.values()) {
      if (!peer.upToDate() && !peer.behindFor(PATIENCE.toNanos(), now)) {
        return false;
      }
    }
    return true;
  }

  private void tellChanges(List<PeerMessage> messages) {
    var occupied = new ArrayList<String>();
    var vacated = new ArrayList<String>();
    for (var i = untold.entrySet().iterator(); i.hasNext(); ) {
      var change = i.next();
      (change.getValue() ? occupied : vacated).add(change.getKey());
      if (occupied.size() + vacated.size() == PeerMessage.MAX_LINES || !i.hasNext()) {
        messages.add(
            new PeerMessage.Change(server, ++log, List.copyOf(occupied), List.copyOf(vacated)));
        occupied.clear();
        vacated.clear();
      }
    }
    untold.clear();
  }

  private void tellEnds(List<PeerMessage> messages) {
    var told = new ArrayList<Occupation>();
    for (var channel : ended) {
      var occupation = occupations.get(channel);
      if (occupation != null && occupation.reporter().equals(server)) {
        told.add(occupation);
      }
    }
    ended.clear();
    tellOccupations(told, messages);
  }

  private void tellOccupations(List<Occupation> told, List<PeerMessage> messages) {
    for (var from = 0; from < told.size(); from += PeerMessage.MAX_LINES) {
      var to = Math.min(told.size(), from + PeerMessage.MAX_LINES);
      messages.add(new PeerMessage.Report(server, ++log, List.copyOf(told.subList(from, to))));
    }
  }

  private void tellState(List<PeerMessage> messages, long now) {
    if (askNeeded && nextAsk - now <= 0) {
      askNeeded = false;
      nextAsk = now + ASK_PAUSE.toNanos();
      messages.add(new PeerMessage.Ask(server));
    }
    if (asked && nextAnswer - now <= 0) {
      asked = false;
      nextAnswer = now + ASK_PAUSE.toNanos();
      messages.addAll(state());
    }
    if (nextBeat - now <= 0) {
      nextBeat = now + BEAT.toNanos();
      messages.add(new PeerMessage.Beat(server, log, settled, merges, version));
    }
  }

  private List<PeerMessage> state() {
    var channels = List.copyOf(local);
    var mine = occupations.values().stream().filter(one -> one.reporter().equals(server)).toList();
    var lines = channels.size() + mine.size();
    var parts = Math.max(1, Math.ceilDiv(lines, PeerMessage.MAX_LINES));
    var messages = new ArrayList<PeerMessage>();
    for (var part = 0; part < parts; part++) {
      var from = part * PeerMessage.MAX_LINES;
      var to = Math.min(lines, from + PeerMessage.MAX_LINES);
      messages.add(
          new PeerMessage.State(
              server,
              log,
              part,
              parts,
              channels.subList(Math.min(from, channels.size()), Math.min(to, channels.size())),
              mine.subList(
                  Math.max(0, from - channels.size()), Math.max(0, to - channels.size()))));
    }
    return messages;
  }

  /** Returns the message by which this server ends. */
  synchronized PeerMessage bye() {
    return new PeerMessage.Bye(server);
  }

  // --- decisions

  private void decide(
      List<OccupancyEvent> events, List<PeerMessage> messages, boolean tells, long now) {
    var owners = owners();
    var told = new ArrayList<Occupation>();
    var looks = dirty.stream().limit(MAX_LOOKS).toList();
    looks.forEach(dirty::remove);
    for (var channel : looks) {
      if (!decide(channel, owners, events, told, now)) {
        dirty.add(channel);
      }
    }
    if (tells) {
      tellOccupations(told, messages);
    }
  }

  /** Returns false if the channel has to be looked at again at the next tick. */
  private boolean decide(
      String channel,
      List<String> owners,
      List<OccupancyEvent> events,
      List<Occupation> told,
      long now) {
    if (inFlight.containsKey(channel)) {
      return true; // the report's end looks at it again
    }
    var is = occupied(channel);
    var said = occupations.get(channel);
    if (said == null && !is) {
      return true;
    }
    if (!Rendezvous.owner(channel, owners).equals(server) || !covered.test(channel)) {
      return true; // a change of the servers looks at it again
    }
    var others = said != null && !said.reporter().equals(server);
    if (said != null
        && others
        && said.delivery() == Delivery.SENT
        && peers.containsKey(said.reporter())) {
      return false;
    }
    if (said != null
        && said.delivery() == Delivery.TAKEN
        && said.occupied() == is
        && (!is || said.version() >= repeatBelow)) {
      if (others) {
        var mine = said.of(server);
        occupations.put(channel, mine);
        told.add(mine);
      }
      return true;
    }
    if (!due(channel, said, now) || inFlight.size() >= MAX_IN_FLIGHT) {
      return false;
    }
    report(channel, is, said, events, told, now);
    return true;
  }

  private boolean due(String channel, @Nullable Occupation said, long now) {
    var last = reportedAt.get(channel);
    var failed =
        said != null && said.delivery() == Delivery.FAILED && said.reporter().equals(server);
    return last == null || now - last >= (failed ? RETRY : PACE).toNanos();
  }

  private void report(
      String channel,
      boolean is,
      @Nullable Occupation said,
      List<OccupancyEvent> events,
      List<Occupation> told,
      long now) {
    var time = clock.instant();
    version = nextVersion();
    var id = said == null || (is && !said.occupied()) ? ids.get() : said.id();
    var occupation = new Occupation(channel, id, is, version, server, Delivery.SENT);
    put(occupation);
    told.add(occupation);
    inFlight.put(channel, version);
    reportedAt.put(channel, now);
    events.add(new OccupancyEvent(channel, is, id, version, time));
  }

  /** Takes the end of a report. */
  synchronized void reported(OccupancyEvent event, boolean taken) {
    var channel = event.channel();
    if (!inFlight.remove(channel, event.version())) {
      return;
    }
    var now = occupations.get(channel);
    if (now != null && now.version() == event.version()) {
      put(now.with(taken ? Delivery.TAKEN : Delivery.FAILED));
      ended.add(channel);
    }
    dirty.add(channel);
  }

  private boolean occupied(String channel) {
    if (local.contains(channel)) {
      return true;
    }
    for (var peer : peers.values()) {
      if (peer.channels.contains(channel)) {
        return true;
      }
    }
    return false;
  }

  /** The servers that own channels, in order. */
  private List<String> owners() {
    var owners = new ArrayList<String>();
    owners.add(server);
    peers.forEach((name, peer) -> {
      if (peer.settled) {
        owners.add(name);
      }
    });
    return owners;
  }

  /** Forgets the occupations of channels that have been vacated for long. */
  private void bury(long now) {
    for (var i = tombstones.entrySet().iterator(); i.hasNext(); ) {
      var tombstone = i.next();
      if (now - tombstone.getValue() < TOMBSTONE.toNanos()) {
        return;
      }
      i.remove();
      var channel = tombstone.getKey();
      if (!inFlight.containsKey(channel)) {
        occupations.remove(channel);
        reportedAt.remove(channel);
      }
    }
  }

  // --- for metrics and tests

  synchronized int channels() {
    return occupations.size();
  }

  synchronized int servers() {
    return peers.size();
  }

  synchronized int waiting() {
    return dirty.size();
  }

  synchronized long untracked() {
    return untracked;
  }
}
