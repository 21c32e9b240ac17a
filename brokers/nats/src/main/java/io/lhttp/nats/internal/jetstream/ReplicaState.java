package io.lhttp.nats.internal.jetstream;

import org.jspecify.annotations.Nullable;

/**
 * The state of one {@link ChannelReplica}, without the messages that its window holds. Immutable;
 * {@link ReplicaTransition} leads from one state to the next. All numbers are sequences of the
 * stream, except the numbers of rounds. The essay at {@link ChannelReplica} explains the states.
 */
sealed interface ReplicaState {
  /** The value of {@code delivered} before the first delivery. */
  long NOTHING_YET = -1;

  /** The value of {@link Basis#shedUpTo} if the window has all its messages. */
  long NOTHING_SHED = -1;

  /**
   * The stream whose messages the replica has; null until the first round of reading it has ended.
   */
  @Nullable StreamIncarnation incarnation();

  /** The sequence up to which the replica knows each message of the channel. */
  long knownUpTo();

  /** The number of rounds that have begun. */
  int round();

  /** The number of the last round that has ended. */
  int endedRound();

  /**
   * The sequence up to which the window has dropped messages to free memory; {@link #NOTHING_SHED}
   * for none.
   */
  long shedUpTo();

  /** The start of the next fetch; null if no fetch is needed. */
  default Fetch.@Nullable Start fetchStart() {
    return null;
  }

  /** A state in which nothing is known of the stream. */
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

  /** No fetch was started yet. */
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
   * @param baseline the end of the stream in the first round; no subscriber has read later messages
   *     before the first delivery
   * @param endedRound the number of the last round that has ended
   */
  record Basis(StreamIncarnation incarnation, long baseline, long shedUpTo, int endedRound) {}

  /**
   * The replica knows of no missing message.
   *
   * @param newest the sequence of the newest known message; 0 for none
   * @param notified the sequence of the last notification
   * @param delivered the sequence up to which the subscribers have got each message
   */
  record Following(Basis basis, long newest, long knownUpTo, long notified, long delivered)
      implements ReplicaState {
    /**
     * Whether the notification's message follows the newest known one, and no other message waits
     * for delivery. This is the common case.
     */
    boolean isNext(long sequence, long previous) {
      return delivered >= newest
          && sequence > delivered
          && sequence > notified
          && follows(previous, newest);
    }

    /**
     * The sequence after which delivery begins at the latest, or up to which messages were
     * delivered.
     */
    long deliveredAtLeast() {
      return delivered == NOTHING_YET ? basis.baseline : delivered;
    }

    /** Lets delivery begin after a sequence, if it has not begun yet. */
    Following deliveringFrom(long sequence) {
      return delivered == NOTHING_YET
          ? new Following(basis, newest, knownUpTo, notified, sequence)
          : this;
    }

    /**
     * Returns the state after a notification. The first notification begins delivery, at the latest
     * after the baseline.
     */
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

  /** A state in which the stream is known, and messages may be missing. */
  sealed interface Incomplete extends ReplicaState {
    /** The sequences that were reached before messages were missing. */
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
   * The messages after the known ones are being fetched.
   *
   * @param again whether another round has to follow the one under way
   * @param reloading whether the round under way also fetches the messages that the window has
   *     dropped
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
   * The replica has a message that the stream does not have, so the whole history is being fetched.
   *
   * @param again whether another round has to follow the one under way
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
   * @param before the state before the end, which readers of the history still need
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
   * Whether a message directly follows the newest known one.
   *
   * @param previous the sequence of the previous message on the channel; 0 if the stream has
   *     removed all earlier ones
   */
  static boolean follows(long previous, long newest) {
    return previous == newest || previous == 0;
  }
}
