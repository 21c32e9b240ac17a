package io.lhttp.nats.internal.jetstream;

import io.lhttp.message.Message;
import io.lhttp.nats.internal.jetstream.ReplicaEffect.DeliverBehind;
import io.lhttp.nats.internal.jetstream.ReplicaEffect.Enter;
import io.lhttp.nats.internal.jetstream.ReplicaEffect.ReportMissed;
import io.lhttp.nats.internal.jetstream.ReplicaEffect.Reset;
import io.lhttp.nats.internal.jetstream.ReplicaState.Basis;
import io.lhttp.nats.internal.jetstream.ReplicaState.Fetching;
import io.lhttp.nats.internal.jetstream.ReplicaState.Following;
import io.lhttp.nats.internal.jetstream.ReplicaTransition.Step;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The sequences of the next {@link ReplicaState} and the effects, while one transition collects
 * them. {@link ReplicaTransition} and {@link FetchTransition} create one for a call, and no other
 * object sees it.
 */
final class ReplicaDraft {
  private final List<ReplicaEffect> effects = new ArrayList<>();
  private final long notified;
  private PendingLive pending;
  private long newest;
  private long knownUpTo;
  private long delivered;

  /** Begins without a known message. */
  ReplicaDraft(long notified, long delivered, PendingLive pending) {
    this.notified = notified;
    this.delivered = delivered;
    this.pending = pending;
  }

  /** Begins with the messages that a state knows. */
  ReplicaDraft(Following is, PendingLive pending) {
    this(is.notified(), is.delivered(), pending);
    this.newest = is.newest();
    this.knownUpTo = is.knownUpTo();
  }

  void add(ReplicaEffect effect) {
    effects.add(effect);
  }

  /** Forgets all known messages, to begin anew with the fetched ones. */
  void reset(Fetch.Result result) {
    effects.add(new Reset(result.floor()));
    newest = 0;
    knownUpTo = 0;
  }

  /** Has the messages behind a sequence delivered, though others were delivered there before. */
  void deliverAgainBehind(long sequence) {
    delivered = sequence;
  }

  /** Enters a message behind the known ones, and delivers it if delivery has begun. */
  void enter(long sequence, long millis, @Nullable Message message) {
    var due = delivered != ReplicaState.NOTHING_YET && sequence > delivered;
    if (due) {
      deliverDue();
      delivered = sequence;
    }
    newest = sequence;
    knownUpTo = Math.max(knownUpTo, sequence);
    effects.add(new Enter(sequence, millis, message, due));
  }

  /** Delivers entered messages that waited for the first notification. */
  void deliverDue() {
    if (delivered != ReplicaState.NOTHING_YET && delivered < newest) {
      effects.add(new DeliverBehind(delivered));
      delivered = newest;
    }
  }

  /**
   * Enters the fetched messages, and then the pending notifications that follow. The next state is
   * {@link Fetching} until the round ends.
   *
   * @param round the number of the round that has fetched them
   * @param again whether another round has to begin
   */
  Step take(Fetch.Result result, long baseline, long shedUpTo, int round, boolean again) {
    for (var stored : result.messages()) {
      if (stored.sequence() > newest) {
        enter(stored.sequence(), stored.millis(), stored.message());
      }
    }
    knownUpTo = Math.max(knownUpTo, result.readUpTo());
    var basis = new Basis(result.incarnation(), Math.min(baseline, knownUpTo), shedUpTo, round);
    pending = pending.withoutNeverStored(round, result.readUpTo());
    enterPending();
    deliverDue();
    return new Step(new Fetching(following(basis), pending, round, again, false), effects);
  }

  /** Enters pending notifications up to the first gap that another fetch may fill. */
  private void enterPending() {
    var queue = pending.queue();
    for (var i = 0; i < queue.size(); i++) {
      var live = queue.get(i);
      if (live.sequence() > newest) {
        if (!ReplicaState.follows(live.previous(), newest)) {
          if (live.sequence() > knownUpTo) {
            pending = pending.from(i);
            return;
          }
          effects.add(new ReportMissed()); // the stream has removed the messages between both
        }
        enter(live.sequence(), Enter.NOW, live.message());
      }
    }
    pending = PendingLive.EMPTY;
  }

  private Following following(Basis basis) {
    return new Following(basis, newest, knownUpTo, notified, delivered);
  }

  /** Returns the step to the state in which nothing is missing. */
  Step toFollowing(Basis basis) {
    return new Step(following(basis), effects);
  }
}
