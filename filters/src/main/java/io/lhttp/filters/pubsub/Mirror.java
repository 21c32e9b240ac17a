package io.lhttp.filters.pubsub;

import io.lhttp.RefusedException;
import io.lhttp.message.Message;
import io.lhttp.pubsub.Broker;
import io.lhttp.pubsub.History;
import io.lhttp.pubsub.Position;
import io.lhttp.pubsub.Retention;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What this server knows of one channel that a {@link Journal} keeps. NATS tells of each message
 * that is stored, with the sequence of the one before it; where that is not the one that was heard
 * of last, or where NATS was away, the rest is fetched. What is delivered live was entered here
 * before, under the same lock, so that it comes in the order of the stream, without a gap and none
 * twice. Safe for all threads; no method blocks.
 */
final class Mirror implements History {
  /** Fetches what is missing, later and on another thread, and calls {@link Mirror#fetched}. */
  interface Fetcher {
    void fetch(Mirror mirror);
  }

  private static final long NOTHING_YET = -1;

  /** How long a subscriber waits for the history at most. */
  private static final int PATIENCE_SECONDS = 10;

  /** What may come live while the rest is fetched; beyond it, it is fetched, too. */
  private static final int MOST_AHEAD = 256;

  /** What an entry costs beside its bytes, roughly. */
  private static final int OVERHEAD = 256;

  private final String channel;
  private final Retention retention;
  private final Broker.Deliveries to;
  private final Fetcher fetcher;

  // Guarded by this.
  private final ArrayDeque<Kept> entries = new ArrayDeque<>();
  private final ArrayDeque<Live> ahead = new ArrayDeque<>();
  private final List<Waiter> waiters = new ArrayList<>();
  private int bytes;
  private @Nullable Era era;

  /** The sequence of the newest message that is known; 0 for none. */
  private long last;

  /** Everything up to this sequence is known. */
  private long asOf;

  /** Everything behind this sequence is remembered. */
  private long floor;

  /** The sequence that NATS has told of last. */
  private long heard;

  /** The sequence up to which the subscribers have got everything. */
  private long delivered = NOTHING_YET;

  /** Whether nothing is known to be missing. */
  private boolean current;

  private boolean fetching;
  private boolean fetchAgain;
  private int rounds;

  /** The round that has ended last. */
  private int ended;

  private boolean over;

  Mirror(String channel, Retention retention, Broker.Deliveries to, Fetcher fetcher) {
    this.channel = channel;
    this.retention = retention;
    this.to = to;
    this.fetcher = fetcher;
  }

  /** Something may be missing: fetches it. */
  void refresh() {
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

  /** NATS was away: what was stored meanwhile was not told of. */
  void interrupted() {
    synchronized (this) {
      if (era != null && delivered == NOTHING_YET) {
        delivered = asOf;
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
    left.forEach(waiter -> waiter.known.completeExceptionally(Journal.away()));
  }

  /** NATS has told of a message that was stored. */
  void live(long sequence, long before, @Nullable Message message) {
    var gap = false;
    synchronized (this) {
      if (over || sequence <= 0) {
        return;
      }
      if (delivered == NOTHING_YET) {
        delivered = sequence - 1;
      }
      if (!current) {
        keepAhead(new Live(sequence, before, message));
      } else if (sequence <= heard) {
        gap = true; // it is another stream
      } else if (sequence <= last) {
        deliverWhatIsDue(); // it was fetched before it was told of
      } else if (follows(before)) {
        enter(sequence, System.nanoTime(), message);
      } else {
        keepAhead(new Live(sequence, before, message));
        gap = true;
      }
      heard = sequence;
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
    return new Place(era, last, asOf);
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
      } else if (!stretch.whole()) {
        entries.clear();
        bytes = 0;
        floor = stretch.floor();
        missed();
      }
      var now = System.nanoTime();
      var clock = System.currentTimeMillis();
      for (var stored : stretch.messages()) {
        if (stored.sequence() > last) {
          var age = TimeUnit.MILLISECONDS.toNanos(Math.max(0, clock - stored.millis()));
          enter(stored.sequence(), now - age, stored.message());
        }
      }
      asOf = Math.max(asOf, stretch.asOf());
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
            CompletableFuture.failedFuture(e instanceof RefusedException ? e : Journal.away()));
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
    forget();
    var sequence = known().sequence(offset);
    return sequence >= floor && sequence <= asOf;
  }

  @Override
  public synchronized long before(int count) {
    forget();
    var at = floor;
    if (count > 0 && entries.size() > count) {
      var newest = entries.descendingIterator();
      for (var i = 0; i < count; i++) {
        newest.next();
      }
      at = newest.next().sequence;
    }
    return known().offset(at);
  }

  @Override
  public synchronized Page after(long offset, int max) {
    forget();
    var is = era;
    if (is == null) {
      return new Page(offset, 0, List.of());
    }
    var sequence = is.sequence(offset);
    var from = Math.max(sequence, floor);
    var page = new ArrayList<Entry>();
    if (from < last) {
      for (var kept : entries) {
        if (kept.sequence > from) {
          page.add(kept.entry);
          if (page.size() == max) {
            break;
          }
        }
      }
    }
    return new Page(is.offset(from), from > sequence ? 1 : 0, page);
  }

  synchronized int bytes() {
    return bytes;
  }

  /** Guarded by this. */
  private Era known() {
    return Objects.requireNonNull(era, "nothing is known of the history yet");
  }

  /** Whether all is known here that somebody waits for. Guarded by this. */
  private boolean content(Waiter waiter) {
    var is = era;
    return is != null
        && (waiter.round < ended
            || waiter
                .position
                .filter(p -> p.epoch().equals(is.name()) && is.sequence(p.offset()) > asOf)
                .isEmpty());
  }

  /** The first time, or the stream is another one. Guarded by this. */
  private void begin(Fetch.Stretch stretch) {
    if (era != null) {
      missed();
      ahead.clear(); // nobody knows which of them are of this era: they are fetched
      fetchAgain = true;
      heard = 0;
      if (delivered != NOTHING_YET) {
        delivered = 0;
      }
    }
    era = stretch.era();
    entries.clear();
    bytes = 0;
    last = 0;
    asOf = 0;
    floor = stretch.floor();
  }

  /** Some are lost, nobody knows how many. Guarded by this. */
  private void missed() {
    to.missed(channel, 1);
  }

  /**
   * Whether a message is the next one, by the sequence of the one before it: 0 where all before are
   * forgotten. Guarded by this.
   */
  private boolean follows(long before) {
    return before == last || before == 0;
  }

  /** Guarded by this. */
  private void keepAhead(Live live) {
    ahead.add(live);
    if (ahead.size() > MOST_AHEAD) {
      ahead.remove();
    }
  }

  /** Enters what came live meanwhile; false where something is missing before it. */
  private boolean catchUp() {
    for (var next = ahead.peek(); next != null; next = ahead.peek()) {
      if (next.sequence > last) {
        if (!follows(next.before)) {
          if (next.sequence > asOf) {
            return false;
          }
          missed(); // what was between them has been removed
        }
        enter(next.sequence, System.nanoTime(), next.message);
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
      var message =
          published.toBuilder()
              .without("channel", "position", "missed")
              .header("channel", channel)
              .header("position", known().position(sequence).toString())
              .build();
      var entry = new Entry(known().offset(sequence), message);
      entries.add(new Kept(sequence, entry, time));
      bytes += message.size() + OVERHEAD;
      if (due) {
        to.deliver(channel, entry);
      }
    }
    forget();
  }

  /** Guarded by this. */
  private void deliverWhatIsDue() {
    if (delivered == NOTHING_YET || delivered >= last) {
      return;
    }
    for (var kept : entries) {
      if (kept.sequence > delivered) {
        to.deliver(channel, kept.entry);
      }
    }
    delivered = last;
  }

  /** Guarded by this. */
  private List<Waiter> content() {
    waiters.removeIf(waiter -> waiter.known.isDone());
    var content = waiters.stream().filter(this::content).toList();
    waiters.removeAll(content);
    return content;
  }

  /** Guarded by this. */
  private void forget() {
    var now = System.nanoTime();
    for (var oldest = entries.peek(); oldest != null; oldest = entries.peek()) {
      if (entries.size() <= retention.messages()
          && bytes <= retention.bytes()
          && now - oldest.time <= retention.time().toNanos()) {
        return;
      }
      entries.remove();
      bytes -= oldest.entry.message().size() + OVERHEAD;
      floor = oldest.sequence;
    }
  }

  /**
   * Where a fetch begins.
   *
   * @param era none where nothing is known yet
   * @param last the sequence of the newest message that is known; 0 for none
   * @param asOf everything up to here is known
   */
  record Place(@Nullable Era era, long last, long asOf) {
    /** The same in the era of today, if it is another. */
    Place in(Era now) {
      return era != null && era.born() == now.born() ? this : new Place(now, 0, 0);
    }
  }

  private record Kept(long sequence, Entry entry, long time) {}

  private record Live(long sequence, long before, @Nullable Message message) {}

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
