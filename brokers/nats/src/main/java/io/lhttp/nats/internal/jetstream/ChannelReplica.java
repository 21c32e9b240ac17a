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
import io.lhttp.nats.internal.link.Refusals;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * This server's copy of the newest messages of one channel whose history JetStream keeps. The
 * channel's feed owns it. NATS' threads bring notifications, virtual threads of {@link
 * HistoryStreams} bring fetched messages, and any thread reads; no method blocks.
 *
 * <h2>What it guarantees</h2>
 *
 * JetStream stores a message and then publishes a notification, which carries the message, its
 * sequence in the stream and the sequence of the message before it on the channel. A notification
 * may get lost, but the next one shows that: its previous sequence is not the newest known one. The
 * subscribers get each message once and in the stream's order; a message that is lost for good is
 * reported to them as missed. A message is entered into the window before it is delivered, under
 * the same lock, so that a reader of the history and the subscribers agree.
 *
 * <h2>The states</h2>
 *
 * The state is a {@link ReplicaState}, an immutable record without messages. {@link
 * ReplicaTransition} computes from a state and a {@link ReplicaEvent} the next state and the {@link
 * ReplicaEffect}s; this class holds the lock, the window and the waiting readers, and applies the
 * effects.
 *
 * <pre>
 *           refresh          fetched                 notification that follows
 *   Idle ------------&gt; Loading ----+                  +----+
 *                                   |                  |    |
 *                                   v    round ended   |    v
 *                               Fetching ----------&gt; Following
 *                                ^  |  ^               |    |
 *                  fetched (anew)|  |  +---------------+    |
 *                                |  |  gap, interruption,   |
 *                                |  v  reader that waits    | made-up message
 *                              Rereading &lt;------------------+
 * </pre>
 *
 * <ul>
 *   <li><b>Idle</b>: the channel is subscribed to, and no fetch was started. Notifications wait.
 *   <li><b>Loading</b>: the first fetch is under way. Notifications wait. Nothing is known of the
 *       stream, and readers wait for the end of the round.
 *   <li><b>Following</b>: nothing is known to be missing. A notification whose previous sequence is
 *       the newest known one is entered and delivered at once. This is the common case, and costs
 *       one record.
 *   <li><b>Fetching</b>: a message may be missing, because a notification left a gap, because the
 *       connection to NATS was interrupted, or because a reader waits for a position that is not
 *       known here. Notifications wait, up to a bound. When a round has brought the messages, the
 *       waiting notifications that follow are taken in. If all of them do and no reader waits,
 *       Following comes next, and else another round. A stream that ends before the newest known
 *       message leads to Rereading.
 *   <li><b>Rereading</b>: the replica has a message that the stream does not have. Another stream
 *       or a client of NATS made it up. The whole history is fetched, replaces the known one, and
 *       is delivered again from where both differ.
 *   <li><b>Ended</b>: reached from each state when the subscription ends. Nothing is delivered any
 *       more, but the history can still be read.
 * </ul>
 *
 * In Fetching and Rereading, a round may find that the stream was deleted and made again. The
 * history then begins anew in Fetching, as after Loading, and the subscribers are told that they
 * missed messages.
 *
 * <h2>Where delivery begins</h2>
 *
 * The messages that were stored before the subscription are not delivered, but they are fetched for
 * the readers. Delivery begins with the first notification. A message that was stored between the
 * first fetch and that notification was read by nobody, and its own notification may be lost;
 * delivery therefore begins at the latest behind the first fetch's end, the {@code baseline}.
 *
 * <h2>Memory</h2>
 *
 * The window is bounded by the channel's retention. If all windows together take too much memory,
 * some of them shed their messages. A reader that needs shed messages makes the next round fetch
 * the whole history.
 */
public final class ChannelReplica implements History {
  /** Fetches the missing messages, later and on another thread. */
  interface Fetcher {
    void fetch(ChannelReplica replica);
  }

  /** The longest time that a reader waits for the history. */
  private static final int PATIENCE_SECONDS = 10;

  private final String channel;
  private final Broker.Subscriber to;
  private final Fetcher fetcher;

  // Guarded by this.
  private final Window window;
  private final List<Waiter> waiters = new ArrayList<>();
  private ReplicaState state = ReplicaTransition.START;

  /** Whether a notification arrived since {@link #quiet} was called. */
  private boolean stirred;

  private long used = System.nanoTime();

  ChannelReplica(String channel, Retention retention, Broker.Subscriber to, Fetcher fetcher) {
    this.channel = channel;
    this.window = new Window(retention, System::nanoTime);
    this.to = to;
    this.fetcher = fetcher;
  }

  /** Fetches the messages that may be missing. */
  public void refresh() {
    changeAndFetch(new ReplicaEvent.Refresh());
  }

  /** Fetches the messages whose notifications may be lost, as the connection to NATS was. */
  void interrupted() {
    changeAndFetch(new ReplicaEvent.Interrupted());
  }

  /** Delivers nothing more. */
  void end() {
    List<Waiter> left;
    synchronized (this) {
      change(new ReplicaEvent.End());
      left = List.copyOf(waiters);
      waiters.clear();
    }
    left.forEach(waiter -> waiter.known.completeExceptionally(Refusals.brokerAway()));
  }

  /**
   * Takes a notification of JetStream.
   *
   * @param sequence the message's; 0 or less if the notification is malformed
   * @param previous the sequence of the message before it on the channel; 0 if the stream has
   *     removed all of them
   * @param message null if it is no LHTTP message
   */
  public void live(long sequence, long previous, @Nullable Message message) {
    boolean fetch;
    synchronized (this) {
      stirred |= sequence > 0;
      if (state instanceof ReplicaState.Following is && is.isNext(sequence, previous)) {
        state = is.next(sequence); // as the transition does, without an event and a step
        enter(sequence, System.nanoTime(), message, /* deliver= */ true);
        return;
      }
      var known = ReplicaTransition.asksWhetherKnown(state, sequence) && isKnown(sequence, message);
      fetch = change(new ReplicaEvent.Live(sequence, previous, message, known));
    }
    if (fetch) {
      fetcher.fetch(this);
    }
  }

  /** Begins a round of fetching; null if no message is missing any more. */
  synchronized Fetch.@Nullable Start beginRound() {
    change(new ReplicaEvent.RoundBegan(!waiters.isEmpty()));
    return state.fetchStart();
  }

  /** Sheds the window's messages, which a reader can have fetched again. */
  synchronized void shed() {
    change(new ReplicaEvent.Shed());
  }

  /** Whether nothing is fetched, and no notification arrived since the last call. */
  synchronized boolean quiet() {
    var was = !stirred;
    stirred = false;
    return was && state instanceof ReplicaState.Following;
  }

  /** Each message up to this sequence is known. */
  synchronized long knownUpTo() {
    return state.knownUpTo();
  }

  /** The time of the last read, by {@code System.nanoTime}. */
  synchronized long used() {
    return used;
  }

  /**
   * Ends a round of fetching.
   *
   * @return false if another round has to begin at once
   */
  boolean endRound(Fetch.Result result) {
    List<Waiter> content;
    boolean done;
    synchronized (this) {
      var lastCommon = state instanceof ReplicaState.Rereading is ? lastCommon(is, result) : 0;
      var rounds = state.endedRound();
      change(new ReplicaEvent.Fetched(result, lastCommon));
      content = state.endedRound() > rounds ? content() : List.of();
      change(new ReplicaEvent.RoundEnded(!waiters.isEmpty()));
      done = state.fetchStart() == null;
    }
    content.forEach(waiter -> waiter.known.complete(null));
    return done;
  }

  @Override
  public CompletionStage<Void> reaches(Optional<Position> position) {
    Waiter waiter;
    boolean fetch;
    synchronized (this) {
      used = System.nanoTime();
      waiter = new Waiter(position, state.round());
      if (isContent(waiter)) {
        return Broker.TAKEN;
      }
      waiters.removeIf(other -> other.known.isDone());
      waiters.add(waiter);
      fetch = state.fetchStart() == null && change(new ReplicaEvent.Refresh());
    }
    if (fetch) {
      fetcher.fetch(this);
    }
    return waiter
        .known
        .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
        .exceptionallyCompose(e ->
            CompletableFuture.failedFuture(
                e instanceof RefusedException ? e : Refusals.brokerAway()));
  }

  @Override
  public synchronized String epoch() {
    var incarnation = state.incarnation();
    return incarnation == null ? "" : incarnation.name();
  }

  @Override
  public synchronized long head() {
    return known().offset(state.knownUpTo());
  }

  @Override
  public synchronized boolean holds(long offset) {
    window.forget();
    var sequence = known().sequence(offset);
    return sequence >= window.floor() && sequence <= state.knownUpTo();
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
    var incarnation = state.incarnation();
    if (incarnation == null) {
      return new Page(offset, 0, List.of());
    }
    var sequence = incarnation.sequence(offset);
    var from = Math.max(sequence, window.floor());
    return new Page(incarnation.offset(from), from > sequence ? 1 : 0, window.after(from, max));
  }

  synchronized int bytes() {
    return window.bytes();
  }

  private void changeAndFetch(ReplicaEvent event) {
    boolean fetch;
    synchronized (this) {
      fetch = change(event);
    }
    if (fetch) {
      fetcher.fetch(this);
    }
  }

  /**
   * Moves to the next state and applies all effects, even if the subscriber fails at one of them.
   * Guarded by this.
   *
   * @return whether a fetch has to be started, once the lock is released
   */
  private boolean change(ReplicaEvent event) {
    var step = ReplicaTransition.transition(state, event);
    state = step.next();
    var failures = new Failures();
    for (var effect : step.effects()) {
      failures.collect(() -> apply(effect, failures));
    }
    failures.rethrow();
    return step.effects().contains(ReplicaTransition.START_FETCH);
  }

  /** Guarded by this. */
  private void apply(ReplicaEffect effect, Failures failures) {
    switch (effect) {
      case ReplicaEffect.Reset reset -> window.begin(reset.floor());
      case ReplicaEffect.Enter enter ->
          enter(enter.sequence(), time(enter.millis()), enter.message(), enter.deliver());
      case ReplicaEffect.Prepend prepend ->
          window.prepend(older(prepend.messages(), prepend.upTo()), prepend.floor());
      case ReplicaEffect.DeliverBehind behind -> deliverBehind(behind.sequence(), failures);
      case ReplicaEffect.ReportMissed missed -> to.missed(1);
      case ReplicaEffect.ReportRewound rewound -> to.rewound(known().offset(rewound.sequence()));
      case ReplicaEffect.StartFetch start -> {} // by the caller, without the lock
    }
  }

  /** Guarded by this. */
  private void deliverBehind(long sequence, Failures failures) {
    if (window.floor() > sequence) {
      failures.collect(() -> to.missed(1)); // the window has forgotten some of them
    }
    window
        .after(sequence, Integer.MAX_VALUE)
        .forEach(entry -> failures.collect(() -> to.deliver(entry)));
  }

  /** Guarded by this. */
  private StreamIncarnation known() {
    return requireNonNull(state.incarnation(), "nothing is known of the history yet");
  }

  /** Whether a reader has to wait no longer. Guarded by this. */
  private boolean isContent(Waiter waiter) {
    var incarnation = state.incarnation();
    if (incarnation == null || waiter.round < state.endedRound()) {
      return incarnation != null;
    }
    var sequence =
        waiter
            .position
            .filter(p -> p.epoch().equals(incarnation.name()))
            .map(p -> incarnation.sequence(p.offset()))
            .orElse(0L);
    var whole = state.shedUpTo() == ReplicaState.NOTHING_SHED;
    return sequence <= state.knownUpTo() && (whole || sequence >= window.floor());
  }

  /** Takes out the readers that have to wait no longer. Guarded by this. */
  private List<Waiter> content() {
    waiters.removeIf(waiter -> waiter.known.isDone());
    var content = waiters.stream().filter(this::isContent).toList();
    waiters.removeAll(content);
    return content;
  }

  /** Whether the window has this message at this sequence. Guarded by this. */
  private boolean isKnown(long sequence, @Nullable Message message) {
    var there = window.after(sequence - 1, 1);
    return !there.isEmpty()
        && message != null
        && there.getFirst().equals(kept(sequence, 0, message).entry());
  }

  /** See {@link ReplicaEvent.Fetched#lastCommon}. Guarded by this. */
  private long lastCommon(ReplicaState.Rereading is, Fetch.Result result) {
    var known = new HashSet<>(window.after(0, Integer.MAX_VALUE));
    for (var stored : result.messages().reversed()) {
      if (stored.sequence() <= is.base().delivered()
          && stored.message() != null
          && known.contains(kept(stored.sequence(), 0, stored.message()).entry())) {
        return stored.sequence();
      }
    }
    return 0;
  }

  /** Guarded by this. */
  private List<Window.Kept> older(List<Fetch.Stored> fetched, long upTo) {
    return fetched.stream()
        .filter(stored -> stored.sequence() <= upTo && stored.message() != null)
        .map(stored ->
            kept(stored.sequence(), time(stored.millis()), requireNonNull(stored.message())))
        .toList();
  }

  private static long time(long millis) {
    var age = Math.max(0, System.currentTimeMillis() - millis);
    return System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(age);
  }

  /** Guarded by this. */
  private void enter(long sequence, long time, @Nullable Message published, boolean deliver) {
    if (published != null) {
      var kept = kept(sequence, time, published);
      window.add(kept);
      if (deliver) {
        to.deliver(kept.entry());
      }
    }
  }

  /** A message with its position, as subscribers get it. Guarded by this. */
  private Window.Kept kept(long sequence, long time, Message published) {
    var message = Publications.delivery(published, channel, known().position(sequence));
    return new Window.Kept(sequence, new Entry(known().offset(sequence), message), time);
  }

  /** A reader that waits until the next round to begin has ended, or its position is known. */
  private static final class Waiter {
    final CompletableFuture<Void> known = new CompletableFuture<>();
    final Optional<Position> position;

    /** The number of rounds that had begun before. */
    final int round;

    Waiter(Optional<Position> position, int round) {
      this.position = position;
      this.round = round;
    }
  }

  /** Keeps the first failure of several calls, to be thrown after the last. */
  private static final class Failures {
    private @Nullable Throwable first;

    void collect(Runnable call) {
      try {
        call.run();
      } catch (RuntimeException | Error e) {
        first = first == null ? e : first;
      }
    }

    void rethrow() {
      switch (first) {
        case null -> {}
        case Error e -> throw e;
        case RuntimeException e -> throw e;
        case Throwable e -> throw new IllegalStateException(e);
      }
    }
  }
}
