package io.lhttp.nats.internal.jetstream;

import static java.util.Objects.requireNonNull;

import io.lhttp.RefusedException;
import io.lhttp.channel.Broker;
import io.lhttp.channel.History;
import io.lhttp.channel.Position;
import io.lhttp.channel.Publications;
import io.lhttp.channel.Retention;
import io.lhttp.channel.Window;
import io.lhttp.message.Message;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What this server knows of one channel that a {@link HistoryStream} keeps. NATS tells of each
 * message that is stored, with the sequence of the one before it; where that is not the one that
 * was heard of last, or where NATS was away, the rest is fetched. What is delivered live was
 * entered here before, under the same lock, so that it comes in the order of the stream, without a
 * gap and none twice. Safe for all threads; no method blocks.
 */
public final class ChannelReplica implements History {
  /**
   * Fetches what is missing, later and on another thread, and calls {@link ChannelReplica#fetched}.
   */
  interface Fetcher {
    void fetch(ChannelReplica mirror);
  }

  private static final long NOTHING_YET = -1;

  /** How long a subscriber waits for the history at most. */
  private static final int PATIENCE_SECONDS = 10;

  private final String channel;
  private final Broker.Subscriber to;
  private final Fetcher fetcher;

  // Guarded by this.
  private final Window window;
  private final PendingLive ahead = new PendingLive();
  private final List<Waiter> waiters = new ArrayList<>();
  private @Nullable StreamIncarnation era;

  /** The sequence of the newest message that is known; 0 for none. */
  private long last;

  /** Everything up to this sequence is known. */
  private long asOf;

  /** The sequence that NATS has told of last. */
  private long heard;

  /** The sequence up to which the subscribers have got everything. */
  private long delivered = NOTHING_YET;

  /** Up to which sequence the first fetch knew everything: nobody has read more without us. */
  private long began = Long.MAX_VALUE;

  /** Whether nothing is known to be missing. */
  private boolean current;

  private boolean fetching;

  /** Whether older messages were let go of that can be fetched again. */
  private boolean thin;

  /** Up to which sequence they were. */
  private long thinFrom;

  private boolean reloading;

  /** Whether something was entered that the stream does not have: it is read anew. */
  private boolean disowned;

  private boolean stirred;
  private long used = System.nanoTime();
  private boolean fetchAgain;
  private int rounds;

  /** The round that has ended last. */
  private int ended;

  private boolean over;

  ChannelReplica(String channel, Retention retention, Broker.Subscriber to, Fetcher fetcher) {
    this.channel = channel;
    this.window = new Window(retention, System::nanoTime);
    this.to = to;
    this.fetcher = fetcher;
  }

  /** Something may be missing: fetches it. */
  public void refresh() {
    synchronized (this) {
      current = false;
      fetchAgain = true;
      if (over || fetching) {
        return;
      }
      fetching = true;
    }
    fetcher.fetch(this);
  }

  /** NATS was away, or may have been: what was stored meanwhile was not told of. */
  void interrupted() {
    synchronized (this) {
      if (era != null && delivered == NOTHING_YET) {
        delivered = began;
      }
    }
    refresh();
  }

  /** Delivers nothing more. */
  void end() {
    List<Waiter> left;
    synchronized (this) {
      over = true;
      left = List.copyOf(waiters);
      waiters.clear();
    }
    left.forEach(waiter -> waiter.known.completeExceptionally(HistoryStream.away()));
  }

  /** NATS has told of a message that was stored. */
  public void live(long sequence, long before, @Nullable Message message) {
    var gap = false;
    synchronized (this) {
      if (over || sequence <= 0) {
        return;
      }
      if (delivered == NOTHING_YET) {
        delivered = Math.min(sequence - 1, began);
      }
      if (!current) {
        ahead.add(sequence, before, message, rounds);
      } else if (sequence <= heard) {
        gap = true; // it is another stream, or one of both was made up
        disowned |= !isKnown(sequence, message);
      } else if (sequence <= last) {
        deliverWhatIsDue(); // it was fetched before it was told of
      } else if (follows(before)) {
        enter(sequence, System.nanoTime(), message);
      } else {
        ahead.add(sequence, before, message, rounds);
        gap = true;
      }
      heard = sequence;
      stirred = true;
    }
    if (gap) {
      refresh();
    }
  }

  /** From where on the rest is to be fetched; null where nobody needs it any more. */
  synchronized @Nullable Place begun() {
    if (over) {
      fetching = false;
      return null;
    }
    rounds++;
    fetchAgain = false;
    reloading = thin && !waiters.isEmpty();
    return reloading || disowned ? new Place(era, 0, 0) : new Place(era, last, asOf);
  }

  /** Forgets what can be fetched again when somebody asks for it. */
  synchronized void shrink() {
    if (era != null && current) {
      window.begin(last);
      thinFrom = last;
      thin = true;
    }
  }

  /** Whether nothing was told of since this was asked the last time. */
  synchronized boolean quiet() {
    var was = !stirred;
    stirred = false;
    return was && current;
  }

  /** Up to which sequence all is known. */
  synchronized long asOf() {
    return asOf;
  }

  /** When it was read last, by {@code System.nanoTime}. */
  synchronized long used() {
    return used;
  }

  /**
   * The rest was fetched.
   *
   * @return false where more is to be fetched at once
   */
  boolean fetched(Fetch.Stretch stretch) {
    List<Waiter> content;
    boolean done;
    synchronized (this) {
      if (over) {
        return true;
      }
      if (era == null || era.born() != stretch.era().born()) {
        begin(stretch);
      } else if (disowned) {
        correct(stretch);
      } else if (stretch.asOf() < last) {
        disown();
        return false;
      } else if (reloading) {
        if (stretch.floor() > asOf) {
          missed();
        }
        window.prepend(older(stretch.messages()), stretch.floor());
        thin = false;
      } else if (!stretch.whole()) {
        window.begin(stretch.floor());
        missed();
      }
      for (var stored : stretch.messages()) {
        if (stored.sequence() > last) {
          enter(stored.sequence(), time(stored), stored.message());
        }
      }
      asOf = Math.max(asOf, stretch.asOf());
      began = Math.min(began, asOf);
      ahead.dropWhatWasNeverStored(rounds, stretch.asOf());
      var caughtUp = catchUp();
      ended = rounds;
      deliverWhatIsDue();
      content = content();
      current = caughtUp && !fetchAgain && waiters.isEmpty();
      done = current;
      fetching = !done;
    }
    content.forEach(waiter -> waiter.known.complete(null));
    return done;
  }

  @Override
  public CompletionStage<Void> reaches(Optional<Position> position) {
    Waiter waiter;
    boolean loading;
    synchronized (this) {
      used = System.nanoTime();
      waiter = new Waiter(position, rounds);
      if (content(waiter)) {
        return Broker.TAKEN;
      }
      waiters.removeIf(other -> other.known.isDone());
      waiters.add(waiter);
      loading = fetching;
    }
    if (!loading) {
      refresh();
    }
    return waiter
        .known
        .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
        .exceptionallyCompose(e ->
            CompletableFuture.failedFuture(
                e instanceof RefusedException ? e : HistoryStream.away()));
  }

  @Override
  public synchronized String epoch() {
    return era == null ? "" : era.name();
  }

  @Override
  public synchronized long head() {
    return known().offset(asOf);
  }

  @Override
  public synchronized boolean holds(long offset) {
    window.forget();
    var sequence = known().sequence(offset);
    return sequence >= window.floor() && sequence <= asOf;
  }

  @Override
  public synchronized long before(int count) {
    window.forget();
    return known().offset(window.before(count));
  }

  @Override
  public synchronized Page after(long offset, int max) {
    window.forget();
    used = System.nanoTime();
    var is = era;
    if (is == null) {
      return new Page(offset, 0, List.of());
    }
    var sequence = is.sequence(offset);
    var from = Math.max(sequence, window.floor());
    return new Page(is.offset(from), from > sequence ? 1 : 0, window.after(from, max));
  }

  synchronized int bytes() {
    return window.bytes();
  }

  /** Guarded by this. */
  private StreamIncarnation known() {
    return requireNonNull(era, "nothing is known of the history yet");
  }

  /** Whether all is known here that somebody waits for. Guarded by this. */
  private boolean content(Waiter waiter) {
    var is = era;
    if (is == null || waiter.round < ended) {
      return is != null;
    }
    var sequence =
        waiter.position.filter(p -> p.epoch().equals(is.name())).map(p -> is.sequence(p.offset()));
    return sequence.orElse(0L) <= asOf && (!thin || sequence.orElse(0L) >= window.floor());
  }

  /**
   * Somebody has told of what the stream does not have, as another stream does that tells on the
   * same subject. Nobody knows what was dropped for it. Guarded by this.
   */
  private void disown() {
    disowned = true;
    ahead.clear();
    heard = 0;
  }

  /** Whether this is what is known to stand there. Guarded by this. */
  private boolean isKnown(long sequence, @Nullable Message message) {
    var there = window.after(sequence - 1, 1);
    return !there.isEmpty()
        && message != null
        && there.getFirst().equals(kept(sequence, 0, message).entry());
  }

  /**
   * Takes what the stream has in place of what was known, and delivers what differs. Guarded by
   * this.
   */
  private void correct(Fetch.Stretch stretch) {
    var known = new HashSet<>(window.after(0, Integer.MAX_VALUE));
    beginAnew(stretch);
    var agreed = delivered == NOTHING_YET ? delivered : lastOf(stretch, known);
    if (agreed < delivered) {
      missed();
      to.rewound(known().offset(agreed));
      delivered = agreed;
    }
  }

  /** The newest of the stream that was known; where none was, where it ends. Guarded by this. */
  private long lastOf(Fetch.Stretch stretch, Set<Entry> known) {
    for (var stored : stretch.messages().reversed()) {
      if (stored.sequence() <= delivered
          && stored.message() != null
          && known.contains(kept(stored.sequence(), 0, stored.message()).entry())) {
        return stored.sequence();
      }
    }
    return stretch.asOf();
  }

  /** Guarded by this. */
  private void beginAnew(Fetch.Stretch stretch) {
    window.begin(stretch.floor());
    disowned = false;
    thin = false;
    last = 0;
    asOf = 0;
  }

  /** The first time, or the stream is another one. Guarded by this. */
  private void begin(Fetch.Stretch stretch) {
    if (era != null) {
      missed();
      ahead.clear(); // nobody knows which of them are of this era: they are fetched
      fetchAgain = true;
      heard = 0;
      began = 0;
      if (delivered != NOTHING_YET) {
        delivered = stretch.era().wholeFrom(); // of a stream that was renewed, what it had kept
      }
    }
    era = stretch.era();
    beginAnew(stretch);
  }

  /** Of what was fetched, what was known before. Guarded by this. */
  private List<Window.Kept> older(List<Fetch.Stored> fetched) {
    var newest = thin ? thinFrom : 0;
    return fetched.stream()
        .filter(stored -> stored.sequence() <= newest && stored.message() != null)
        .map(stored -> kept(stored.sequence(), time(stored), requireNonNull(stored.message())))
        .toList();
  }

  private static long time(Fetch.Stored stored) {
    var age = Math.max(0, System.currentTimeMillis() - stored.millis());
    return System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(age);
  }

  /** Some are lost, nobody knows how many. Guarded by this. */
  private void missed() {
    to.missed(1);
  }

  /**
   * Whether a message is the next one, by the sequence of the one before it: 0 where all before are
   * forgotten. Guarded by this.
   */
  private boolean follows(long before) {
    return before == last || before == 0;
  }

  /** Enters what came live meanwhile; false where something is missing before it. */
  private boolean catchUp() {
    for (var next = ahead.peek(); next != null; next = ahead.peek()) {
      if (next.sequence() > last) {
        if (!follows(next.before())) {
          if (next.sequence() > asOf) {
            return false;
          }
          missed(); // what was between them has been removed
        }
        enter(next.sequence(), System.nanoTime(), next.message());
      }
      ahead.remove();
    }
    return true;
  }

  /** Guarded by this. */
  private void enter(long sequence, long time, @Nullable Message published) {
    var due = delivered != NOTHING_YET && sequence > delivered;
    if (due && delivered < last) {
      deliverWhatIsDue();
    }
    last = sequence;
    asOf = Math.max(asOf, sequence);
    if (due) {
      delivered = sequence;
    }
    if (published != null) {
      var kept = kept(sequence, time, published);
      window.add(kept);
      if (due) {
        to.deliver(kept.entry());
      }
    }
  }

  /** As it is delivered. Guarded by this. */
  private Window.Kept kept(long sequence, long time, Message published) {
    var message = Publications.delivery(published, channel, known().position(sequence));
    return new Window.Kept(sequence, new Entry(known().offset(sequence), message), time);
  }

  /** Guarded by this. */
  private void deliverWhatIsDue() {
    if (delivered == NOTHING_YET || delivered >= last) {
      return;
    }
    window.after(delivered, Integer.MAX_VALUE).forEach(to::deliver);
    delivered = last;
  }

  /** Guarded by this. */
  private List<Waiter> content() {
    waiters.removeIf(waiter -> waiter.known.isDone());
    var content = waiters.stream().filter(this::content).toList();
    waiters.removeAll(content);
    return content;
  }

  /**
   * Where a fetch begins.
   *
   * @param era none where nothing is known yet
   * @param last the sequence of the newest message that is known; 0 for none
   * @param asOf everything up to here is known
   */
  record Place(@Nullable StreamIncarnation era, long last, long asOf) {
    /** The same in the era of today, if it is another. */
    Place in(StreamIncarnation now) {
      return era != null && era.born() == now.born() ? this : new Place(now, 0, 0);
    }
  }

  /** Somebody who waits for a history, until a round that began later has ended. */
  private static final class Waiter {
    final CompletableFuture<Void> known = new CompletableFuture<>();
    final Optional<Position> position;

    /** The round that had begun before. */
    final int round;

    Waiter(Optional<Position> position, int round) {
      this.position = position;
      this.round = round;
    }
  }
}
