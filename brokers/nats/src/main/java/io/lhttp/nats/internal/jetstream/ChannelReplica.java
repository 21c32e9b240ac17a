package io.lhttp.nats.internal.jetstream;

import static java.util.Objects.requireNonNull;

import io.lhttp.channel.Broker;
import io.lhttp.channel.History;
import io.lhttp.channel.Position;
import io.lhttp.channel.Retention;
import io.lhttp.message.Message;
import io.lhttp.nats.internal.link.ResetMark;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
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
 * ReplicaEffect}s. This class holds the lock and applies the effects. {@link ReplicaWindow} has the
 * messages, and {@link WaitingReaders} the readers that wait.
 *
 * <p>A round is one fetch of the messages behind the known ones, or of the whole history. Rounds
 * follow each other on one thread until nothing is missing.
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
 * history then begins anew in Fetching, as after Loading, and the subscribers are notified that
 * they have missed messages.
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
  /** Starts to fetch the missing messages on another thread, and returns at once. */
  interface Fetcher {
    void fetch(ChannelReplica replica);
  }

  private final Broker.Subscriber to;
  private final Fetcher fetcher;

  // The fields from here on are guarded by this object's lock.
  private final ReplicaWindow window;
  private final WaitingReaders readers = new WaitingReaders();
  private ReplicaState state = ReplicaTransition.START;

  /**
   * The offset before which the history was forgotten; 0 if it never was. An offset and not a
   * sequence, because offsets grow over all incarnations of the stream.
   */
  private long forgottenUpTo;

  /** Whether a notification arrived since the last call of {@link #quiet}. */
  private boolean notified;

  /** When a reader last read the history, by {@code System.nanoTime}. */
  private long lastRead = System.nanoTime();

  ChannelReplica(String channel, Retention retention, Broker.Subscriber to, Fetcher fetcher) {
    this.window = new ReplicaWindow(channel, retention);
    this.to = to;
    this.fetcher = fetcher;
  }

  /** Starts to fetch the messages that may be missing. */
  public void refresh() {
    changeAndFetch(new ReplicaEvent.Refresh());
  }

  /**
   * Starts to fetch the messages whose notifications may be lost, because the connection to NATS
   * was lost.
   */
  void interrupted() {
    changeAndFetch(new ReplicaEvent.Interrupted());
  }

  /** Ends deliveries, and refuses the readers that still wait. */
  void end() {
    List<WaitingReaders.Reader> left;
    synchronized (this) {
      change(new ReplicaEvent.End());
      left = readers.takeAll();
    }
    left.forEach(WaitingReaders.Reader::refuse);
  }

  /**
   * Handles one notification of JetStream.
   *
   * @param sequence the message's sequence; 0 or less if the notification is malformed
   * @param previous the sequence of the previous message on the channel; 0 if the stream has
   *     removed all earlier ones
   * @param message null if the stored payload is no LHTTP message
   */
  public void live(long sequence, long previous, @Nullable Message message) {
    boolean fetch;
    synchronized (this) {
      notified |= sequence > 0;
      if (state instanceof ReplicaState.Following is && is.isNext(sequence, previous)) {
        state = is.next(sequence); // as ReplicaTransition would do, without allocating
        enter(sequence, ReplicaEffect.Enter.NOW, message, /* deliver= */ true);
        return;
      }
      var known =
          ReplicaTransition.asksWhetherKnown(state, sequence)
              && window.has(incarnation(), sequence, message);
      fetch = change(new ReplicaEvent.Live(sequence, previous, message, known));
    }
    if (fetch) {
      fetcher.fetch(this);
    }
  }

  /** Handles the notification of a {@link ResetMark}. */
  public void reset(long sequence, long previous) {
    live(sequence, previous, null);
    synchronized (this) {
      var incarnation = state.incarnation();
      if (incarnation != null) {
        forgotten(incarnation, sequence);
      } // otherwise the first fetch finds the mark
    }
  }

  /** Records that the history begins anew. The caller holds this object's lock. */
  private void forgotten(StreamIncarnation incarnation, long sequence) {
    forgottenUpTo = Math.max(forgottenUpTo, incarnation.offset(sequence));
  }

  /**
   * Begins a round of fetching. Returns the start of the fetch, or null if no message is missing
   * any more.
   */
  synchronized Fetch.@Nullable Start beginRound() {
    change(new ReplicaEvent.RoundBegan(!readers.isEmpty()));
    return state.fetchStart();
  }

  /**
   * Drops the window's messages to free memory. A reader that needs them has them fetched again.
   */
  synchronized void shed() {
    change(new ReplicaEvent.Shed());
  }

  /**
   * Whether no fetch is under way, and no notification has arrived since the last call of this
   * method.
   */
  synchronized boolean quiet() {
    var silent = !notified;
    notified = false;
    return silent && state instanceof ReplicaState.Following;
  }

  /** The sequence up to which the replica knows each message of the channel. */
  synchronized long knownUpTo() {
    return state.knownUpTo();
  }

  /** When a reader last read the history, by {@code System.nanoTime}. */
  synchronized long lastRead() {
    return lastRead;
  }

  /**
   * Ends a round of fetching with its result.
   *
   * @return false if another round has to begin at once
   */
  boolean endRound(Fetch.Result result) {
    List<WaitingReaders.Reader> served;
    boolean done;
    synchronized (this) {
      var lastCommon =
          state instanceof ReplicaState.Rereading is
              ? window.lastCommon(incarnation(), result.messages(), is.base().delivered())
              : 0;
      var rounds = state.endedRound();
      change(new ReplicaEvent.Fetched(result, lastCommon));
      if (result.reset() > 0) {
        forgotten(result.incarnation(), result.reset());
      }
      served = state.endedRound() > rounds ? readers.takeServed(state, window.floor()) : List.of();
      change(new ReplicaEvent.RoundEnded(!readers.isEmpty()));
      done = state.fetchStart() == null;
    }
    served.forEach(WaitingReaders.Reader::serve);
    return done;
  }

  @Override
  public CompletionStage<Void> reaches(Optional<Position> position) {
    WaitingReaders.Reader reader;
    boolean fetch;
    synchronized (this) {
      lastRead = System.nanoTime();
      reader = new WaitingReaders.Reader(position, state.round());
      if (reader.isServed(state, window.floor())) {
        return Broker.TAKEN;
      }
      readers.add(reader);
      fetch = state.fetchStart() == null && change(new ReplicaEvent.Refresh());
    }
    if (fetch) {
      fetcher.fetch(this);
    }
    return reader.answer();
  }

  @Override
  public synchronized String epoch() {
    var incarnation = state.incarnation();
    return incarnation == null ? "" : incarnation.name();
  }

  @Override
  public synchronized long head() {
    return incarnation().offset(state.knownUpTo());
  }

  @Override
  public synchronized boolean holds(long offset) {
    window.forget();
    var sequence = incarnation().sequence(offset);
    return offset >= forgottenUpTo && sequence >= window.floor() && sequence <= state.knownUpTo();
  }

  @Override
  public synchronized long before(int count) {
    window.forget();
    return Math.max(forgottenUpTo, incarnation().offset(window.before(count)));
  }

  @Override
  public synchronized Page after(long offset, int max) {
    window.forget();
    lastRead = System.nanoTime();
    var incarnation = state.incarnation();
    if (incarnation == null) {
      return new Page(offset, 0, List.of());
    }
    var sequence = incarnation.sequence(offset);
    var from = Math.max(incarnation.sequence(forgottenUpTo), Math.max(sequence, window.floor()));
    return new Page(incarnation.offset(from), from > sequence ? 1 : 0, window.after(from, max));
  }

  /** The estimated bytes of the window's messages. */
  synchronized int bytes() {
    return window.bytes();
  }

  /** Moves to the next state, and starts a fetch if the transition requires one. */
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
   * Moves to the next state and applies all effects, even if the subscriber throws at one of them.
   * The caller holds this object's lock.
   *
   * @return whether the caller has to start a fetch, after it has released the lock
   */
  private boolean change(ReplicaEvent event) {
    var step = ReplicaTransition.transition(state, event);
    state = step.next();
    var failure = new FirstFailure();
    for (var effect : step.effects()) {
      failure.collect(() -> apply(effect, failure));
    }
    failure.rethrow();
    return step.effects().contains(ReplicaTransition.START_FETCH);
  }

  /** Applies one effect of a transition. The caller holds this object's lock. */
  private void apply(ReplicaEffect effect, FirstFailure failure) {
    switch (effect) {
      case ReplicaEffect.Reset reset -> window.begin(reset.floor());
      case ReplicaEffect.Enter enter ->
          enter(enter.sequence(), enter.millis(), enter.message(), enter.deliver());
      case ReplicaEffect.Prepend prepend ->
          window.prepend(incarnation(), prepend.messages(), prepend.upTo(), prepend.floor());
      case ReplicaEffect.DeliverBehind behind -> deliverBehind(behind.sequence(), failure);
      case ReplicaEffect.ReportMissed missed -> to.missed(1);
      case ReplicaEffect.ReportRewound rewound ->
          to.rewound(incarnation().offset(rewound.sequence()));
      case ReplicaEffect.StartFetch start -> {} // the caller starts it without the lock
    }
  }

  /** Delivers the window's messages after a sequence. The caller holds this object's lock. */
  private void deliverBehind(long sequence, FirstFailure failure) {
    if (window.floor() > sequence) {
      failure.collect(() -> to.missed(1)); // the window has dropped messages after that sequence
    }
    window
        .after(sequence, Integer.MAX_VALUE)
        .forEach(entry -> failure.collect(() -> to.deliver(entry)));
  }

  /**
   * Adds a message to the window, and delivers it if {@code deliver}; ignores null. The caller
   * holds this object's lock.
   */
  private void enter(long sequence, long millis, @Nullable Message published, boolean deliver) {
    if (published != null) {
      var entry = window.enter(incarnation(), sequence, millis, published);
      if (deliver) {
        to.deliver(entry, published);
      }
    }
  }

  /** Returns the known stream. The caller holds this object's lock. */
  private StreamIncarnation incarnation() {
    return requireNonNull(state.incarnation(), "nothing is known of the history yet");
  }
}
