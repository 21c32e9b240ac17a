package io.lhttp.nats.internal.jetstream;

import org.jspecify.annotations.Nullable;

/**
 * The state of one {@link ChannelReplica}, without the messages that its window holds. Immutable;
 * {@link ReplicaTransition} leads from one state to the next. All numbers are the stream's
 * sequences. The essay at {@link ChannelReplica} explains the states.
 */
sealed interface ReplicaState {
  /** The value of {@code delivered} before the first delivery. */
  long NOTHING_YET = -1;

  /** The value of {@link Basis#shedUpTo} if the window has shed nothing. */
  long NOTHING_SHED = -1;

  /** Null until the first round has ended. */
  @Nullable StreamIncarnation incarnation();

  /** The replica knows each message of the channel up to this sequence. */
  long knownUpTo();

  /** The number of rounds that have begun. */
  int round();

  /** The number of the last round that has ended. */
  int endedRound();

  /** The window has shed messages up to this sequence; {@link #NOTHING_SHED} for none. */
  long shedUpTo();

  /** The start of the next fetch; null if nothing has to be fetched. */
  default Fetch.@Nullable Start fetchStart() {
    return null;
  }

  /** A state that knows nothing of the stream. */
  sealed interface Unknown extends ReplicaState {
    long notified();

    long delivered();

    PendingLive pending();

    Unknown with(long notified, long delivered, PendingLive pending);

    @Override
    default @Nullable StreamIncarnation incarnation() {
      return null;
    }

    @Override
    default long knownUpTo() {
      return 0;
    }

    @Override
    default int endedRound() {
      return 0;
    }

    @Override
    default long shedUpTo() {
      return NOTHING_SHED;
    }
  }

  /** No fetch was started. */
  record Idle(long notified, long delivered, PendingLive pending) implements Unknown {
    @Override
    public Idle with(long notified, long delivered, PendingLive pending) {
      return new Idle(notified, delivered, pending);
    }

    @Override
    public int round() {
      return 0;
    }
  }

  /**
   * The first fetch is under way.
   *
   * @param again whether another round has to begin after the one under way
   */
  record Loading(long notified, long delivered, PendingLive pending, int round, boolean again)
      implements Unknown {
    @Override
    public Loading with(long notified, long delivered, PendingLive pending) {
      return new Loading(notified, delivered, pending, round, again);
    }

    @Override
    public Fetch.Start fetchStart() {
      return new Fetch.Start(null, 0, 0);
    }
  }

  /**
   * The part of the state that a notification does not change.
   *
   * @param baseline the end of the stream in the first round: no subscriber read beyond it before
   *     the first delivery
   * @param endedRound the number of the last round that has ended
   */
  record Basis(StreamIncarnation incarnation, long baseline, long shedUpTo, int endedRound) {}

  /**
   * The replica knows of no missing message.
   *
   * @param newest the sequence of the newest message that is known; 0 for none
   * @param notified the sequence of the last notification
   * @param delivered the subscribers have got each message up to this sequence
   */
  record Following(Basis basis, long newest, long knownUpTo, long notified, long delivered)
      implements ReplicaState {
    /**
     * Whether a notification's message is the next one, and nothing else has to be delivered: the
     * common case.
     */
    boolean isNext(long sequence, long previous) {
      return delivered >= newest
          && sequence > delivered
          && sequence > notified
          && follows(previous, newest);
    }

    /** Delivery begins behind this sequence at the latest. */
    long deliveredAtLeast() {
      return delivered == NOTHING_YET ? basis.baseline : delivered;
    }

    /** Begins delivery behind a sequence, unless it has begun. */
    Following deliveringFrom(long sequence) {
      return delivered == NOTHING_YET
          ? new Following(basis, newest, knownUpTo, notified, sequence)
          : this;
    }

    /** A notification arrived. The first one begins delivery, but not behind the baseline. */
    Following withNotified(long sequence) {
      var begun = deliveringFrom(Math.min(sequence - 1, basis.baseline));
      return new Following(basis, newest, knownUpTo, sequence, begun.delivered);
    }

    /** The state after the next message was delivered. */
    Following next(long sequence) {
      return new Following(basis, sequence, Math.max(knownUpTo, sequence), sequence, sequence);
    }

    @Override
    public StreamIncarnation incarnation() {
      return basis.incarnation;
    }

    @Override
    public int round() {
      return basis.endedRound;
    }

    @Override
    public int endedRound() {
      return basis.endedRound;
    }

    @Override
    public long shedUpTo() {
      return basis.shedUpTo;
    }
  }

  /** A state that knows the stream, and in which messages may be missing. */
  sealed interface Incomplete extends ReplicaState {
    /** The sequences that the replica has reached. */
    Following base();

    PendingLive pending();

    Incomplete with(Following base, PendingLive pending);

    @Override
    default StreamIncarnation incarnation() {
      return base().incarnation();
    }

    @Override
    default long knownUpTo() {
      return base().knownUpTo();
    }

    @Override
    default int endedRound() {
      return base().endedRound();
    }

    @Override
    default long shedUpTo() {
      return base().shedUpTo();
    }
  }

  /**
   * The messages behind the known ones are fetched.
   *
   * @param again whether another round has to begin after the one under way
   * @param reloading whether the round under way fetches shed messages as well
   */
  record Fetching(Following base, PendingLive pending, int round, boolean again, boolean reloading)
      implements Incomplete {
    @Override
    public Fetching with(Following base, PendingLive pending) {
      return new Fetching(base, pending, round, again, reloading);
    }

    @Override
    public Fetch.Start fetchStart() {
      return reloading
          ? new Fetch.Start(incarnation(), 0, 0)
          : new Fetch.Start(incarnation(), base.newest, base.knownUpTo);
    }
  }

  /**
   * The replica has a message that the stream does not have. The whole history is fetched.
   *
   * @param again whether another round has to begin after the one under way
   */
  record Rereading(Following base, PendingLive pending, int round, boolean again)
      implements Incomplete {
    @Override
    public Rereading with(Following base, PendingLive pending) {
      return new Rereading(base, pending, round, again);
    }

    @Override
    public Fetch.Start fetchStart() {
      return new Fetch.Start(incarnation(), 0, 0);
    }
  }

  /**
   * The replica delivers no message any more.
   *
   * @param before the state before; readers of the history still need it
   */
  record Ended(ReplicaState before) implements ReplicaState {
    @Override
    public @Nullable StreamIncarnation incarnation() {
      return before.incarnation();
    }

    @Override
    public long knownUpTo() {
      return before.knownUpTo();
    }

    @Override
    public int round() {
      return before.round();
    }

    @Override
    public int endedRound() {
      return before.endedRound();
    }

    @Override
    public long shedUpTo() {
      return before.shedUpTo();
    }
  }

  /**
   * Whether a message comes directly behind the newest known one.
   *
   * @param previous the sequence of the message before it; 0 if the stream has removed all of them
   */
  static boolean follows(long previous, long newest) {
    return previous == newest || previous == 0;
  }
}
